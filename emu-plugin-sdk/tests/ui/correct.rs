use emu_plugin_sdk::prelude::*;

#[derive(PluginArgs)]
struct Args {
    limit: Option<u64>,
}

#[derive(Default, VcpuState)]
struct Counts {
    #[counter]
    insns: u64,
    pages: Vec<u64>,
}

struct Good {
    args: Args,
}

#[emu_plugin(name = "good", requires(Symbols))]
impl Plugin for Good {
    type Args = Args;
    type Vcpu = Counts;

    fn new(args: Args, _host: &Host) -> Result<Self> {
        Ok(Good { args })
    }

    fn on_block(&self, block: &mut Block<'_, Self>) {
        block.on_entry().add(Counts::INSNS, block.len() as u64).call(|good, counts, point| {
            if good.args.limit != Some(point.pc()) {
                counts.pages.push(point.pc() >> 12);
            }
        });
    }
}

fn main() {
    assert_eq!(emu_plugin_sdk::registry::declarations().count(), 1);
}
