#!/bin/sh
# Builds the programs of this directory into ../bin. Needs riscv64-linux-gnu-gcc.
set -eu
cd "$(dirname "$0")"
cc="${CC:-riscv64-linux-gnu-gcc}"
flags="-march=rv64gc -mabi=lp64d -O2 -ffreestanding -fno-stack-protector -fno-pic -fno-pie -mno-relax
    -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,norelro -s -Wall -Wextra -Werror -I."
for table in tables/*.S; do
    name="$(basename "$table" .S)"
    # shellcheck disable=SC2086
    $cc $flags start.S report.c check.c "$table" -o "../bin/fp-$name"
done
# shellcheck disable=SC2086
$cc $flags start.S report.c registers.S -o ../bin/fp-registers
