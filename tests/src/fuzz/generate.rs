//! Random programs that end: straight-line code, forward branches, counted loops, calls two deep,
//! recursion, indirect jumps, and a few jumps to just anywhere that burn fuel.

use super::idioms::{self, HELD_MASKS, Registers};
use super::instruction::{
    COUNTER, DEPTH, Drawer, FUEL, INNER_COUNTER, INNER_LINK, LINK, OUTER_LINK, POINTERS, control,
};
use super::probes;
use super::program::{
    CODE_PAGE, Config, Item, ItemKind, Label, Program, Request, SCRATCH, SeenProfile,
};
use super::random::Random;

const ECALL: ItemKind = ItemKind::Plain { bits: 0x73, len: 4 };
/// As an immediate.
const MINUS_ONE: u32 = u32::MAX;
/// The program's last label; nothing has a larger one.
const END: Label = Label::MAX;

struct Generator {
    random: Random,
    drawer: Drawer,
    /// It goes on after faults.
    resume: bool,
    items: Vec<Item>,
    /// Calls to functions, whose labels are patched in when those are laid out.
    calls: Vec<usize>,
    inner_calls: Vec<usize>,
    /// Jumps to anywhere in the main part.
    jumps: Vec<usize>,
}

/// Where code is being generated.
#[derive(Clone, Copy, PartialEq)]
enum Level {
    Main,
    Function,
    InnerFunction,
}

/// Program number `index` of the sequence that `seed` stands for.
#[must_use]
pub fn program(seed: u64, index: u64) -> Program {
    let mut random = Random::new(seed, index);
    let resume = random.chance(25);
    let drawer = Drawer::new(&mut random, resume);
    let length = match random.below(100) {
        0..=59 => random.between(3, 10),
        60..=93 => random.between(10, 25),
        _ => random.between(30, 80),
    };
    let mut generator = Generator {
        random,
        drawer,
        resume,
        items: Vec::new(),
        calls: Vec::new(),
        inner_calls: Vec::new(),
        jumps: Vec::new(),
    };
    generator.everything(length);
    let Generator {
        mut random, items, ..
    } = generator;
    let start = if random.chance(30) {
        CODE_PAGE + 0xf00 + 2 * random.below(0x80)
    } else {
        CODE_PAGE
    };
    let mut x = std::array::from_fn(|_| random.integer());
    x[0] = 0;
    x[FUEL as usize] = random.below(8);
    x[LINK as usize] = start;
    x[INNER_LINK as usize] = start;
    for (register, mask) in HELD_MASKS {
        let right = random.chance(85);
        x[register as usize] = if right {
            mask
        } else {
            mask ^ 1 << random.below(64)
        };
    }
    for pointer in POINTERS {
        let near_end = random.chance(5);
        let (first, last) = if near_end { (508, 512) } else { (128, 384) };
        x[pointer as usize] = SCRATCH.start + 16 * random.between(first, last);
    }
    if random.chance(20) {
        x[POINTERS[2] as usize] += random.below(16);
    }
    let f = std::array::from_fn(|_| random.float());
    let frm = if random.chance(90) {
        random.below(5)
    } else {
        random.below(8)
    };
    let fcsr = frm << 5 | random.pick(&[0, 0, 0, 0, 31, 1, 16, 10]);
    let probes = random.chance(40).then(|| random.bits());
    let request = if probes.is_some_and(probes::has_calls) {
        (random.chance(20)).then(|| Request::Calls(random.below(12) as u32))
    } else {
        // Single steps take a thousand times as long as running.
        (random.below(300) == 0).then(|| Request::Steps(random.below(120) as u32))
    };
    let config = Config {
        precise_faults: random.chance(60),
        probes,
        max_block_insns: random.pick(&[64, 64, 64, 8, 3, 1]),
        profile: match random.below(6) {
            0 => SeenProfile::Empty,
            1 => SeenProfile::Random(random.bits()),
            _ => SeenProfile::Counted,
        },
        tier_up: random.chance(40),
        link: random.chance(80),
        shared_memory: random.chance(50),
        resume,
        request,
        max_region_insns: random.pick(&[2000, 2000, 2000, 20, 5]),
        stop_at_regions: random.chance(30),
    };
    let memory_seed = random.bits();
    Program {
        items,
        start,
        x,
        f,
        fcsr,
        memory_seed,
        config,
    }
}

impl Generator {
    fn everything(&mut self, length: u64) {
        self.body(length, 0, Level::Main);
        let end_of_main = self.next_label();
        self.push(ECALL);
        for jump in std::mem::take(&mut self.jumps) {
            let to = self.random.below(u64::from(end_of_main) + 1) as Label;
            if let ItemKind::Branch { to: target, .. } = &mut self.items[jump].kind {
                *target = to;
            }
        }
        let calls = std::mem::take(&mut self.calls);
        self.functions(&calls, Level::Function);
        let calls = std::mem::take(&mut self.inner_calls);
        self.functions(&calls, Level::InnerFunction);
    }

    /// One or two functions, for the calls to choose from.
    fn functions(&mut self, calls: &[usize], level: Level) {
        if calls.is_empty() {
            return;
        }
        let mut entries = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            entries.push(self.next_label());
            if level == Level::Function && self.random.chance(30) {
                self.recursive_function();
                continue;
            }
            let length = self.random.between(1, 8);
            self.body(length, 1, level);
            let link = if level == Level::Function {
                LINK
            } else {
                INNER_LINK
            };
            self.return_by(link);
        }
        for &call in calls {
            let entry = self.random.pick(&entries);
            match &mut self.items[call].kind {
                ItemKind::Jump { to, .. } | ItemKind::LoadAddress { to, .. } => *to = entry,
                ItemKind::Plain { .. } | ItemKind::Branch { .. } => {}
            }
        }
    }

    /// A function that calls itself from one place. Instead of a stack it has a count of the calls that have
    /// not returned, for each of them but the first returns to the same place.
    fn recursive_function(&mut self) {
        let depth = self.random.between(1, 6) as u32;
        let no_more = 0_u32.wrapping_sub(depth);
        self.add(OUTER_LINK, LINK, 0);
        self.add(DEPTH, 0, no_more);
        let entry = self.next_label();
        let length = self.random.between(0, 4);
        self.body(length, 1, Level::Function);
        let branch = self.items.len();
        self.push(ItemKind::Branch {
            funct3: 5,
            rs1: DEPTH,
            rs2: 0,
            to: END,
        });
        self.add(DEPTH, DEPTH, 1);
        self.push(ItemKind::Jump {
            rd: LINK,
            to: entry,
        });
        let behind_call = self.next_label();
        if let ItemKind::Branch { to, .. } = &mut self.items[branch].kind {
            *to = behind_call;
        }
        let length = self.random.between(0, 4);
        self.body(length, 1, Level::Function);
        self.add(LINK, 0, no_more);
        let branch = self.items.len();
        self.push(ItemKind::Branch {
            funct3: 0,
            rs1: DEPTH,
            rs2: LINK,
            to: END,
        });
        self.add(DEPTH, DEPTH, MINUS_ONE);
        self.push(ItemKind::LoadAddress {
            rd: LINK,
            to: behind_call,
        });
        self.return_by(LINK);
        let outermost = self.next_label();
        if let ItemKind::Branch { to, .. } = &mut self.items[branch].kind {
            *to = outermost;
        }
        self.add(LINK, OUTER_LINK, 0);
        self.return_by(LINK);
    }

    /// `addi`; of the immediate, the lower 12 bits count.
    fn add(&mut self, rd: u32, rs1: u32, immediate: u32) {
        self.push(ItemKind::Plain {
            bits: immediate << 20 | rs1 << 15 | rd << 7 | 0x13,
            len: 4,
        });
    }

    fn return_by(&mut self, link: u32) {
        if self.random.chance(30) {
            self.push(ItemKind::Plain {
                bits: 0x8002 | link << 7,
                len: 2,
            });
        } else {
            self.push(ItemKind::Plain {
                bits: link << 15 | 0x67,
                len: 4,
            });
        }
    }

    fn next_label(&self) -> Label {
        self.items.len() as Label
    }

    fn push(&mut self, kind: ItemKind) {
        let label = self.next_label();
        self.items.push(Item { label, kind });
    }

    /// `length` pieces of code, inside of `depth` loops.
    fn body(&mut self, length: u64, depth: u32, level: Level) {
        let mut forward = Vec::new();
        for _ in 0..length {
            match self.random.below(100) {
                0..=7 => {
                    forward.push(self.items.len());
                    self.branch();
                }
                8..=10 if depth < 2 => self.counted_loop(depth, level),
                11..=13 if level != Level::InnerFunction => self.call(level),
                14 => forward.extend(self.jump_to_register(0)),
                15..=17 => {
                    let access = control(&self.drawer, &mut self.random);
                    self.push(access);
                }
                18 if level == Level::Main => self.jump_anywhere(),
                19 => self.reserve_and_store(),
                20 if self.resume => {
                    // ebreak, c.ebreak, and what is no instruction of either length.
                    let (bits, len) = self.random.pick(&[
                        (0x0010_0073, 4),
                        (0x9002, 2),
                        (0xffff_ffff, 4),
                        (0, 2),
                    ]);
                    self.push(ItemKind::Plain { bits, len });
                }
                21 | 22 => self.idiom(),
                23 => self.choice(),
                _ => {
                    let instruction = self.drawer.draw(&mut self.random);
                    self.push(instruction);
                }
            }
        }
        let end = self.next_label();
        for index in forward {
            let distance = self.random.between(1, 8) as Label;
            match &mut self.items[index].kind {
                ItemKind::Branch { to, .. } | ItemKind::Jump { to, .. } => {
                    *to = (index as Label + 1 + distance).min(end);
                }
                // Past the jump to it.
                ItemKind::LoadAddress { to, .. } => {
                    *to = (index as Label + 3 + distance).min(end);
                }
                ItemKind::Plain { .. } => {}
            }
        }
    }

    /// Bits counted or moved, and now and then something else in between.
    fn idiom(&mut self) {
        let mut registers = [0; 5];
        registers[0] = self.drawer.register(&mut self.random);
        // What overwrites what it still needs is another computation.
        let distinct = self.random.chance(90);
        for i in 1..registers.len() {
            registers[i] = loop {
                let register = self.drawer.free_register(&mut self.random);
                if !distinct || !registers[..i].contains(&register) {
                    break register;
                }
            };
        }
        let [source, value, temps @ ..] = registers;
        let registers = Registers {
            source,
            value,
            temps,
        };
        let interrupted = self.random.chance(20);
        for bits in idioms::chain(&mut self.random, registers) {
            self.push(ItemKind::Plain { bits, len: 4 });
            if interrupted && self.random.chance(10) {
                let instruction = self.drawer.draw(&mut self.random);
                self.push(instruction);
            }
        }
    }

    /// A branch on a bit round computations, and perhaps to others: what the compiler may do without the branch.
    fn choice(&mut self) {
        let bit = self.drawer.free_register(&mut self.random);
        let of = self.drawer.register(&mut self.random);
        let mask = 1 << self.random.below(11);
        self.push(ItemKind::Plain {
            bits: mask << 20 | of << 15 | bit << 7 | 0x7013,
            len: 4,
        });
        let branch = self.items.len();
        let kind = ItemKind::Branch {
            funct3: self.random.pick(&[0, 1]),
            rs1: bit,
            rs2: 0,
            to: END,
        };
        self.push(kind);
        self.computations();
        match self.random.below(10) {
            0..=3 => {
                let jump = self.items.len();
                self.push(ItemKind::Jump { rd: 0, to: END });
                self.land(branch);
                self.computations();
                self.land(jump);
            }
            4 | 5 => self.ends_alike(branch),
            _ => self.land(branch),
        }
    }

    /// What lies behind one way of a branch, and the other way: each ends with the same computations and a branch to the
    /// same places.
    fn ends_alike(&mut self, branch: usize) {
        let start = self.items.len();
        if self.random.chance(70) {
            self.computations();
        }
        let end: Vec<ItemKind> = self.items[start..].iter().map(|item| item.kind).collect();
        let funct3 = self.random.pick(&[0, 1, 4, 5, 6, 7]);
        let (rs1, rs2) = (
            self.drawer.register(&mut self.random),
            self.drawer.register(&mut self.random),
        );
        let to_other = self.items.len();
        self.push(ItemKind::Branch {
            funct3,
            rs1,
            rs2,
            to: END,
        });
        let one = self.next_label();
        self.computations();
        let past_other = self.items.len();
        self.push(ItemKind::Jump { rd: 0, to: END });
        self.land(branch);
        if self.random.chance(80) {
            self.computations();
        }
        end.into_iter().for_each(|kind| self.push(kind));
        self.push(ItemKind::Branch {
            funct3: funct3 ^ 1,
            rs1,
            rs2,
            to: one,
        });
        self.land(to_other);
        self.computations();
        self.land(past_other);
    }

    /// Has a branch or jump lead here.
    fn land(&mut self, item: usize) {
        let here = self.next_label();
        if let ItemKind::Branch { to, .. } | ItemKind::Jump { to, .. } = &mut self.items[item].kind
        {
            *to = here;
        }
    }

    fn computations(&mut self) {
        for _ in 0..self.random.between(1, 4) {
            let rd = self.drawer.free_register(&mut self.random);
            let (a, b) = (
                self.drawer.register(&mut self.random),
                self.drawer.register(&mut self.random),
            );
            let bits = if self.random.chance(15) {
                self.load(rd)
            } else {
                idioms::computation(&mut self.random, rd, a, b)
            };
            self.push(ItemKind::Plain { bits, len: 4 });
        }
    }

    /// A load that is likely to succeed.
    fn load(&mut self, rd: u32) -> u32 {
        let base = match self.random.chance(80) {
            true => self.random.pick(&POINTERS),
            false => self.drawer.register(&mut self.random),
        };
        let width = self.random.below(7) as u32;
        let displacement = self.random.below(64) as u32;
        displacement << 20 | base << 15 | width << 12 | rd << 7 | 3
    }

    fn branch(&mut self) {
        let funct3 = self.random.pick(&[0, 1, 4, 5, 6, 7]);
        let (rs1, rs2) = (
            self.drawer.register(&mut self.random),
            self.drawer.register(&mut self.random),
        );
        let kind = if self.random.chance(10) {
            ItemKind::Jump { rd: 0, to: END }
        } else {
            ItemKind::Branch {
                funct3,
                rs1,
                rs2,
                to: END,
            }
        };
        self.push(kind);
    }

    /// `li counter, n`, the body, and a branch back while the counter is positive.
    fn counted_loop(&mut self, depth: u32, level: Level) {
        // A function is called from loops that have the outer counter.
        let counter = if depth == 0 { COUNTER } else { INNER_COUNTER };
        if level == Level::InnerFunction {
            return;
        }
        let count = self.random.between(1, 6) as u32;
        self.add(counter, 0, count);
        let start = self.next_label();
        let length = self.random.between(1, 8);
        self.body(length, depth + 1, level);
        self.add(counter, counter, MINUS_ONE);
        self.push(ItemKind::Branch {
            funct3: 4,
            rs1: 0,
            rs2: counter,
            to: start,
        });
    }

    fn call(&mut self, level: Level) {
        let link = if level == Level::Main {
            LINK
        } else {
            INNER_LINK
        };
        let addresses = if self.random.chance(40) {
            self.jump_to_register(link)
        } else {
            let index = self.items.len();
            self.push(ItemKind::Jump { rd: link, to: END });
            vec![index]
        };
        let calls = if level == Level::Main {
            &mut self.calls
        } else {
            &mut self.inner_calls
        };
        calls.extend(addresses);
    }

    /// Jumps to one of one or two addresses; the items that are to load them.
    fn jump_to_register(&mut self, link: u32) -> Vec<usize> {
        let register = self.drawer.free_register(&mut self.random);
        let address = ItemKind::LoadAddress {
            rd: register,
            to: END,
        };
        let mut addresses = vec![self.items.len()];
        self.push(address);
        if self.random.chance(50) {
            let branch = ItemKind::Branch {
                funct3: self.random.pick(&[0, 1, 4, 5, 6, 7]),
                rs1: self.drawer.register(&mut self.random),
                rs2: self.drawer.register(&mut self.random),
                to: self.next_label() + 2,
            };
            self.push(branch);
            addresses.push(self.items.len());
            self.push(address);
        }
        self.push(ItemKind::Plain {
            bits: register << 15 | link << 7 | 0x67,
            len: 4,
        });
        addresses
    }

    /// Into any loop, forward or back, while there is fuel.
    fn jump_anywhere(&mut self) {
        self.add(FUEL, FUEL, MINUS_ONE);
        self.jumps.push(self.items.len());
        self.push(ItemKind::Branch {
            funct3: 4,
            rs1: 0,
            rs2: FUEL,
            to: END,
        });
    }

    /// `lr` and `sc` on one address, with something in between now and then.
    fn reserve_and_store(&mut self) {
        let pointer = self.random.pick(&POINTERS);
        let width = self.random.between(2, 3) as u32;
        let rd = self.drawer.free_register(&mut self.random);
        self.push(ItemKind::Plain {
            bits: 0x1000_002f | pointer << 15 | width << 12 | rd << 7,
            len: 4,
        });
        if self.random.chance(30) {
            let instruction = self.drawer.draw(&mut self.random);
            self.push(instruction);
        }
        let (rd, rs2) = (
            self.drawer.free_register(&mut self.random),
            self.drawer.register(&mut self.random),
        );
        let bits = 0x1800_002f | rs2 << 20 | pointer << 15 | width << 12 | rd << 7;
        self.push(ItemKind::Plain { bits, len: 4 });
    }
}
