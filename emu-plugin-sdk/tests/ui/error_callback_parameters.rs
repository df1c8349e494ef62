use emu_plugin_sdk::prelude::*;

struct Bad;

#[emu_plugin(name = "bad")]
impl Plugin for Bad {
    fn new(_args: NoArgs, _host: &Host) -> Result<Self> {
        Ok(Bad)
    }

    fn on_block(&self, block: &mut Block<'_, Self>) {
        for insn in block.insns() {
            insn.before().call(|_, _, access: MemoryAccess| assert!(access.is_write()));
        }
    }
}

fn main() {}
