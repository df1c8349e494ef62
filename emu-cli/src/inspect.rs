//! `emu disas` and `emu ir`: the stages of translations, without running anything.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use emu_core::engine::MAX_BLOCK_INSNS;
use emu_core::engine::instrument::Instrumentation as _;
use emu_core::environment::Environment as _;
use emu_core::linux::LinuxProcess;
use emu_core::plugin::{PluginHost, disassemble as disassemble_insn, disassemble_host};
use emu_tcg::backend::cranelift::{self, BlockSource, Compiler, Options};
use emu_tcg::backend::{TranslationBlock, baseline};
use emu_tcg::guest::riscv64::RISCV64;
use emu_tcg::guest::{DecodedBlock, Guest as _};
use emu_tcg::probe::Probes;

use crate::cli::{InspectArgs, Stage};
use crate::failure::{Failure, print};
use crate::run::{self, PluginRequest};

/// Disassembles blocks.
pub(crate) fn disassemble(args: &InspectArgs) -> Result<(), Failure> {
    let inspected = Inspected::load(args)?;
    let mut text = String::new();
    for block in inspected.blocks(args)? {
        inspected.guest_stage(&block, &mut text);
    }
    print(text.as_bytes())
}

/// Shows the stages of blocks.
pub(crate) fn stages(args: &InspectArgs, stage: Option<Stage>) -> Result<(), Failure> {
    let inspected = Inspected::load(args)?;
    let blocks = inspected.blocks(args)?;
    let all = [
        Stage::Guest,
        Stage::Ir,
        Stage::Instrumented,
        Stage::Baseline,
        Stage::Clif,
        Stage::Host,
    ];
    let stages = stage.as_ref().map_or(&all[..], std::slice::from_ref);
    let mut text = String::new();
    for &stage in stages {
        if stages.len() > 1 {
            let _ = writeln!(text, "== {}", title(stage));
        }
        match stage {
            Stage::Guest => blocks
                .iter()
                .for_each(|block| inspected.guest_stage(block, &mut text)),
            Stage::Ir => {
                for block in &blocks {
                    let ir = RISCV64.translate(block, Probes::default());
                    let _ = writeln!(text, "{}", ir.display(&RISCV64));
                }
            }
            Stage::Instrumented => {
                for block in &blocks {
                    let ir = RISCV64.translate(block, inspected.plugins.instrument(block));
                    let _ = writeln!(text, "{}", ir.display(&RISCV64));
                }
            }
            Stage::Baseline => {
                for block in &blocks {
                    inspected.baseline_stage(block, &mut text)?;
                }
            }
            Stage::Clif => {
                text.push_str(&inspected.compiled(&blocks, cranelift::Stage::OptimizedClif)?)
            }
            Stage::Host => text.push_str(&inspected.compiled(&blocks, cranelift::Stage::Host)?),
        }
        if stages.len() > 1 {
            text.push('\n');
        }
    }
    print(text.as_bytes())
}

fn title(stage: Stage) -> &'static str {
    match stage {
        Stage::Guest => "guest instructions",
        Stage::Ir => "IR",
        Stage::Instrumented => "IR with instrumentation",
        Stage::Baseline => "baseline host code",
        Stage::Clif => "Cranelift IR of the region, optimised",
        Stage::Host => "host code of the region",
    }
}

/// A loaded program that does not run.
struct Inspected {
    process: Arc<LinuxProcess>,
    plugins: Arc<PluginHost>,
}

impl Inspected {
    fn load(args: &InspectArgs) -> Result<Inspected, Failure> {
        let process = run::load_process(&args.program, args.common.root.as_deref())?;
        let plugins = run::load_plugins(&PluginRequest::quiet(&args.common.plugin), &process)?;
        Ok(Inspected { process, plugins })
    }

    /// Pass 1 of the blocks that the arguments name.
    fn blocks(&self, args: &InspectArgs) -> anyhow::Result<Vec<DecodedBlock>> {
        let mut pc = match (&args.symbol, args.address) {
            (Some(name), _) => self
                .process
                .symbol_address(name)
                .with_context(|| format!("`{}` has no symbol `{name}`", args.program.display()))?,
            (None, Some(address)) => address,
            (None, None) => self.process.program_entry(),
        };
        let mut blocks = Vec::new();
        while blocks.len() < args.blocks.max(1) {
            let block = RISCV64.decode_block(self.process.fetch(), pc, 0, MAX_BLOCK_INSNS);
            if block.is_empty() {
                break;
            }
            pc += block.len();
            blocks.push(block);
        }
        if blocks.is_empty() {
            return Err(anyhow!(
                "there is no code at {pc:#x} in `{}`",
                args.program.display()
            ));
        }
        Ok(blocks)
    }

    fn guest_stage(&self, block: &DecodedBlock, text: &mut String) {
        let _ = match self.process.symbolize(block.pc) {
            Some(symbol) if !symbol.name.is_empty() => {
                writeln!(
                    text,
                    "{:#x} <{}+{:#x}>:",
                    block.pc, symbol.name, symbol.offset
                )
            }
            _ => writeln!(text, "{:#x}:", block.pc),
        };
        for insn in &block.insns {
            let digits = usize::from(insn.len) * 2;
            let bits = format!("{:0digits$x}", insn.bits);
            let assembly = disassemble_insn(RISCV64.name(), insn.pc, insn.bits, insn.len);
            let _ = writeln!(text, "  {:x}: {bits:8}  {assembly}", insn.pc);
        }
    }

    fn baseline_stage(&self, decoded: &DecodedBlock, text: &mut String) -> anyhow::Result<()> {
        let code = baseline::Compiler::new(&RISCV64).host_code(&self.translated(decoded))?;
        let _ = writeln!(text, "{:#x}: {} bytes", decoded.pc, code.len());
        text.push_str(&disassemble_host(&code)?);
        Ok(())
    }

    fn translated(&self, decoded: &DecodedBlock) -> Arc<TranslationBlock> {
        let ir = RISCV64.translate(decoded, self.plugins.instrument(decoded));
        Arc::new(TranslationBlock::new(&ir, &[], u32::MAX))
    }

    /// The region that would be compiled if exactly `blocks` were known, the first being hot.
    fn compiled(&self, blocks: &[DecodedBlock], stage: cranelift::Stage) -> anyhow::Result<String> {
        let mut known = Known(HashMap::new());
        for decoded in blocks {
            known.0.insert(decoded.pc, self.translated(decoded));
        }
        let head = blocks
            .first()
            .and_then(|first| known.0.get(&first.pc))
            .context("no block")?;
        let mut compiler = Compiler::new(&RISCV64)?;
        Ok(compiler.compile_to_text(&known, head, &Options::default(), stage)?)
    }
}

/// The blocks that were asked for, and no others.
struct Known(HashMap<u64, Arc<TranslationBlock>>);

impl BlockSource for Known {
    fn block(&self, pc: u64, _mode: u32) -> Option<Arc<TranslationBlock>> {
        self.0.get(&pc).cloned()
    }
}
