//! `emu plugins`: what there is, and what it takes.

use std::fmt::Write as _;

use emu_core::plugin::{PluginInfo, PluginSpec, describe, list_builtin};

use crate::failure::{Failure, print};

/// Lists the built-in plugins, or shows one plugin's arguments.
pub(crate) fn show(plugin: Option<&str>) -> Result<(), Failure> {
    let text = match plugin {
        None => list(&list_builtin()),
        Some(plugin) => details(&describe(&PluginSpec::parse(plugin)?)?),
    };
    print(text.as_bytes())
}

fn list(plugins: &[PluginInfo]) -> String {
    let width = plugins
        .iter()
        .map(|plugin| plugin.name.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for plugin in plugins {
        let _ = writeln!(text, "{:width$}  {}", plugin.name, plugin.summary);
    }
    text.push_str(
        "\n`emu plugins NAME` shows a plugin's arguments; \
         `emu run --plugin NAME,ARG=VALUE PROGRAM` runs a program under it.\n",
    );
    text
}

fn details(plugin: &PluginInfo) -> String {
    let mut text = format!("{} {}\n{}\n", plugin.name, plugin.version, plugin.summary);
    if plugin.arguments.is_empty() {
        text.push_str("\nIt takes no arguments.\n");
        return text;
    }
    text.push_str("\nArguments:\n");
    for argument in &plugin.arguments {
        let _ = write!(text, "  {}", argument.name);
        if !argument.value_name.is_empty() {
            let _ = write!(text, "={}", argument.value_name);
        }
        if let Some(default) = &argument.default {
            let _ = write!(text, "  [default: {default}]");
        }
        if argument.required {
            text.push_str("  [required]");
        }
        if argument.repeated {
            text.push_str("  [repeatable]");
        }
        text.push('\n');
        for line in argument.help.lines() {
            let _ = writeln!(text, "      {}", line.trim());
        }
    }
    text
}
