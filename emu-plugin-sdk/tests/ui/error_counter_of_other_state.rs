use emu_plugin_sdk::prelude::*;

#[derive(Default, VcpuState)]
struct Mine {
    insns: u64,
}

#[derive(Default, VcpuState)]
struct Other {
    insns: u64,
}

struct Bad;

#[emu_plugin(name = "bad")]
impl Plugin for Bad {
    type Vcpu = Mine;

    fn new(_args: NoArgs, _host: &Host) -> Result<Self> {
        Ok(Bad)
    }

    fn on_block(&self, block: &mut Block<'_, Self>) {
        block.on_entry().add(Mine::INSNS, 1).add(Other::INSNS, 1);
    }
}

fn main() {}
