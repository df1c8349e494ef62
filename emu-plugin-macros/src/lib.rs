//! Procedural macros of `emu-plugin-sdk`, which re-exports them and documents them at the traits
//! that they implement.
//!
//! Each macro is one module with a function from syntax to tokens. Errors point at the author's
//! own tokens, and as many as possible are reported at once. Expansions name the SDK by its
//! absolute path, so that a plugin depends on that crate alone.

mod args;
mod docs;
mod plugin;
mod value;
mod vcpu;

use proc_macro::TokenStream;
use syn::{DeriveInput, ItemImpl, parse_macro_input};

/// Makes an `impl Plugin for ...` block a plugin that the emulator can find.
///
/// - `name = "..."` is how users ask for it: lower-case letters, digits and `-`.
/// - `requires(Symbols, Streams)` names the features of the emulator (variants of `Feature`) that
///   it cannot do without; what its hooks need is required anyway.
///
/// The first paragraph of the block's doc comment is the plugin's summary. `type Args` and
/// `type Vcpu` may be left out if there are none.
#[proc_macro_attribute]
pub fn emu_plugin(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemImpl);
    plugin::expand(attribute.into(), item).into()
}

/// Derives the arguments of a plugin from a struct. See the trait of the same name.
#[proc_macro_derive(PluginArgs, attributes(arg))]
pub fn derive_plugin_args(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    args::expand(&input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Derives the value of an argument from an enum without data. See the trait of the same name.
#[proc_macro_derive(PluginValue)]
pub fn derive_plugin_value(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    value::expand(&input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Derives the per-vCPU state of a plugin from a struct, with a constant for each counter. See
/// the trait of the same name.
///
/// `#[counter]` on a field asks for a counter: an error if the field cannot be one.
#[proc_macro_derive(VcpuState, attributes(counter))]
pub fn derive_vcpu_state(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    vcpu::expand(&input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
