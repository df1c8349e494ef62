use emu_plugin_sdk::prelude::*;

#[derive(Default, VcpuState)]
struct Tuple(u64);

#[derive(VcpuState)]
enum Enum {
    Variant,
}

fn main() {}
