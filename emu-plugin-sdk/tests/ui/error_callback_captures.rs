use emu_plugin_sdk::prelude::*;

struct Bad;

#[emu_plugin(name = "bad")]
impl Plugin for Bad {
    fn new(_args: NoArgs, _host: &Host) -> Result<Self> {
        Ok(Bad)
    }

    fn on_block(&self, block: &mut Block<'_, Self>) {
        let pc = block.pc();
        block.on_entry().call(move |_, _, point| assert_eq!(point.pc(), pc));
    }
}

fn main() {}
