use emu_plugin_sdk::prelude::*;

#[derive(Default, VcpuState)]
struct Bad {
    #[counter]
    insns: u32,
    #[counter]
    name: String,
}

fn main() {}
