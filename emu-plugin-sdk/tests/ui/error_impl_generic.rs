use emu_plugin_sdk::prelude::*;

struct Bad<T>(T);

#[emu_plugin(name = "bad")]
impl<T: Send + Sync + 'static> Plugin for Bad<T> {
    fn new(_args: NoArgs, _host: &Host) -> Result<Self> {
        Err(Error::new("generic"))
    }
}

fn main() {}
