use emu_plugin_sdk::prelude::*;

#[derive(VcpuState)]
struct Bad {
    insns: u64,
}

fn main() {}
