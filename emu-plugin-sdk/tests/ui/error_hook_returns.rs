use emu_plugin_sdk::prelude::*;

struct Bad;

#[emu_plugin(name = "bad")]
impl Plugin for Bad {
    fn new(_args: NoArgs, _host: &Host) -> Result<Self> {
        Ok(Bad)
    }

    fn on_block(&self, _block: &mut Block<'_, Self>) -> Result<()> {
        Ok(())
    }
}

fn main() {}
