use emu_plugin_sdk::prelude::*;

struct Bad;

#[emu_plugin(name = "bad")]
impl Plugin for Bad {
    type State = ();

    fn new(_args: NoArgs, _host: &Host) -> Result<Self> {
        Ok(Bad)
    }
}

fn main() {}
