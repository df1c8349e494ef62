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
    u64 (*aux)[2] = (u64(*)[2])(envp + 1);
    const u8 *random = NULL;
    for (; (*aux)[0]; aux++) {
        u64 key = (*aux)[0], value = (*aux)[1];
        switch (key) {
        case AT_PHENT: show_dec("AT_PHENT", value); break;
        case AT_PHNUM: put_str(value > 0 && value < 20 ? "AT_PHNUM plausible\n" : "AT_PHNUM wrong\n"); break;
        case AT_PHDR: put_str(*(u32 *)value ? "AT_PHDR readable\n" : "AT_PHDR zero\n"); break;
        case AT_PAGESZ: show_dec("AT_PAGESZ", value); break;
        case AT_BASE: show_dec("AT_BASE", value); break;
        case AT_ENTRY: put_str(value == (u64)_start ? "AT_ENTRY is _start\n" : "AT_ENTRY is not _start\n"); break;
        case AT_UID: case AT_EUID: break;
        case AT_CLKTCK: show_dec("AT_CLKTCK", value); break;
        case AT_SECURE: show_dec("AT_SECURE", value); break;
        case AT_HWCAP: {
            static const char wanted[] = "acdfim";
            put_str("AT_HWCAP has ");
            for (const char *letter = wanted; *letter; letter++) {
                char text[2] = {*letter, 0};
                if (value >> (*letter - 'a') & 1) put_str(text);
            }
            put_str("\n");
            break;
        }
        case AT_RANDOM: random = (const u8 *)value; break;
        case AT_EXECFN: put_str(*(const char *)value ? "AT_EXECFN names a file\n" : "AT_EXECFN is empty\n"); break;
        }
    }
    put_str(random ? "AT_RANDOM readable: " : "no AT_RANDOM\n");
    if (random) {
        int sum = 0;
        for (int i = 0; i < 16; i++) sum |= random[i];
        put_str(sum ? "yes\n" : "all zero\n");
    }
    put_str((u64)argv % 16 == 8 ? "stack aligned\n" : "stack misaligned\n");
    return 0;
}
