// Prints what the kernel put on the initial stack: arguments, environment, and those parts of the auxiliary vector
// that are the same on every machine. Checks the others.
#include "../runtime/guest.h"

enum { AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6, AT_BASE = 7, AT_ENTRY = 9, AT_UID = 11, AT_EUID = 12,
       AT_HWCAP = 16, AT_CLKTCK = 17, AT_SECURE = 23, AT_RANDOM = 25, AT_EXECFN = 31 };

extern char _start[];

int main(int argc, char **argv, char **envp) {
    show_dec("argc", argc);
    for (int i = 0; i < argc; i++) {
        put_str("argv[");
        put_dec(i);
        put_str("]: ");
        // The program's own path differs between machines: its last component only.
        const char *text = argv[i];
        if (i == 0)
            for (const char *at = text; *at; at++)
                if (*at == '/') text = at + 1;
        put_str(text);
        put_str("\n");
    }
    put_str(argv[argc] == NULL ? "argv ends with null\n" : "argv does not end with null\n");
    for (; *envp; envp++) {
        // Only variables meant for this program: the environment of the test run is not ours.
        if (memcmp(*envp, "GUEST_", 6) == 0) {
            put_str(*envp);
            put_str("\n");
        }
    }
    // By key: the order of the entries means nothing.
    u64 values[64] = {0}, present = 0;
    for (u64(*aux)[2] = (u64(*)[2])(envp + 1); (*aux)[0]; aux++)
        if ((*aux)[0] < COUNT(values)) {
            values[(*aux)[0]] = (*aux)[1];
            present |= 1ul << (*aux)[0];
        }
    static const struct {
        const char *name;
        u64 key;
    } same_everywhere[] = {{"AT_PHENT", AT_PHENT},   {"AT_PAGESZ", AT_PAGESZ}, {"AT_BASE", AT_BASE},
                           {"AT_CLKTCK", AT_CLKTCK}, {"AT_SECURE", AT_SECURE}};
    for (u64 i = 0; i < COUNT(same_everywhere); i++)
        if (present >> same_everywhere[i].key & 1) show_dec(same_everywhere[i].name, values[same_everywhere[i].key]);
    put_str(values[AT_PHNUM] > 0 && values[AT_PHNUM] < 20 ? "AT_PHNUM plausible\n" : "AT_PHNUM wrong\n");
    put_str(values[AT_PHDR] && *(u32 *)values[AT_PHDR] ? "AT_PHDR readable\n" : "AT_PHDR wrong\n");
    put_str(values[AT_ENTRY] == (u64)_start ? "AT_ENTRY is _start\n" : "AT_ENTRY is not _start\n");
    put_str(present >> AT_UID & present >> AT_EUID & 1 ? "AT_UID and AT_EUID present\n" : "AT_UID or AT_EUID missing\n");
    put_str(values[AT_EXECFN] && *(const char *)values[AT_EXECFN] ? "AT_EXECFN names a file\n" : "AT_EXECFN wrong\n");
    put_str("AT_HWCAP has ");
    for (const char *letter = "acdfim"; *letter; letter++) {
        char text[2] = {*letter, 0};
        if (values[AT_HWCAP] >> (*letter - 'a') & 1) put_str(text);
    }
    put_str("\n");
    const u8 *random = (const u8 *)values[AT_RANDOM];
    int any = 0;
    for (int i = 0; random && i < 16; i++) any |= random[i];
    put_str(any ? "AT_RANDOM has random bytes\n" : "AT_RANDOM wrong\n");
    put_str((u64)argv % 16 == 8 ? "stack aligned\n" : "stack misaligned\n");
    return 0;
}
