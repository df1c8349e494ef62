// Reports of the conformance tests; see conformance.inc.
#include "../runtime/guest.h"

static u64 failures;

void conformance_fail(const char *name, u64 rs1, u64 rs2, u64 got, u64 want, const char *form) {
    failures++;
    put_str("FAIL ");
    put_str(name);
    put_str(" (");
    put_str(form);
    put_str("): operands ");
    put_hex(rs1);
    put_str(", ");
    put_hex(rs2);
    put_str(": got ");
    put_hex(got);
    put_str(", want ");
    put_hex(want);
    put_str("\n");
}

int conformance_result(u64 checks) {
    put_dec(checks);
    put_str(" checks, ");
    put_dec(failures);
    put_str(" failed\n");
    return failures != 0;
}
