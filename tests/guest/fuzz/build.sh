#!/bin/sh
# Builds the harness into ../bin. Needs riscv64-linux-gnu-gcc.
set -eu
cd "$(dirname "$0")"
"${CC:-riscv64-linux-gnu-gcc}" -march=rv64gc -mabi=lp64d -O2 -ffreestanding -fno-stack-protector -fno-pic -fno-pie \
    -mno-relax -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-Ttext-segment=0x2a5c3000 -s -Wall -Wextra -Werror \
    harness.c -o ../bin/fuzz-harness
