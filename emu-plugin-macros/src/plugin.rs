//! `#[emu_plugin]`: checks an `impl Plugin` block and registers its type.
//!
//! The block itself is passed through as it is, save that associated types left out are filled
//! in; so type errors are the compiler's own, at the author's tokens. What is added says which
//! hooks there are and submits the declaration to the image's registry.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::{FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, LitStr, ReceiverKind};

use crate::docs::{self, Errors};

/// The hooks: name, number of parameters after `&self`, and how to write it.
const HOOKS: [(&str, usize, &str); 6] = [
    (
        "on_block",
        1,
        "fn on_block(&self, block: &mut Block<'_, Self>)",
    ),
    (
        "on_vcpu_start",
        2,
        "fn on_vcpu_start(&self, cpu: &mut Self::Vcpu, vcpu: VcpuId)",
    ),
    (
        "on_vcpu_exit",
        2,
        "fn on_vcpu_exit(&self, cpu: &mut Self::Vcpu, vcpu: VcpuId)",
    ),
    (
        "on_syscall",
        2,
        "fn on_syscall(&self, cpu: &mut Self::Vcpu, call: &Syscall<'_>)",
    ),
    (
        "on_syscall_return",
        2,
        "fn on_syscall_return(&self, cpu: &mut Self::Vcpu, call: &SyscallReturn<'_>)",
    ),
    (
        "on_exit",
        2,
        "fn on_exit(&self, vcpus: &Vcpus<'_, Self::Vcpu>, report: &mut Report<'_>)",
    ),
];

const NEW: &str = "fn new(args: Self::Args, host: &Host) -> Result<Self>";

/// Features that `requires(...)` may name.
const FEATURES: [&str; 10] = [
    "InlineAdd",
    "ExecCallbacks",
    "MemoryCallbacks",
    "Disassembly",
    "Symbols",
    "Streams",
    "Reports",
    "VcpuEvents",
    "SyscallEvents",
    "Stop",
];

/// What stands in the attribute's parentheses.
#[derive(Default)]
struct Options {
    name: Option<LitStr>,
    requires: Vec<Ident>,
}

/// Expands the attribute. On errors in what it checks itself, the block is still passed through,
/// so that the compiler does not complain about its absence on top.
pub(crate) fn expand(attribute: TokenStream, mut item: ItemImpl) -> TokenStream {
    let mut errors = Errors::default();
    let options = parse_options(attribute, &mut errors);
    check_header(&item, &mut errors);
    let hooks = check_items(&item, &mut errors);
    fill_in_types(&mut item);
    match errors.finish() {
        Ok(()) => {
            let registration = registration(&item, &options, &hooks);
            quote! { #item #registration }
        }
        Err(errors) => {
            remove_unknown_items(&mut item);
            let errors = errors.to_compile_error();
            if item.trait_.is_some() && item.generics.params.is_empty() {
                quote! { #item #errors }
            } else {
                errors
            }
        }
    }
}

fn parse_options(attribute: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    let parser = syn::meta::parser(|meta| options.parse(&meta));
    if let Err(error) = parser.parse2(attribute) {
        errors.add(error);
    } else if options.name.is_none() {
        errors.add(syn::Error::new(
            Span::call_site(),
            "the plugin needs a name: #[emu_plugin(name = \"...\")]",
        ));
    }
    options
}

impl Options {
    fn parse(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        if meta.path.is_ident("name") {
            let name: LitStr = meta.value()?.parse()?;
            check_name(&name)?;
            self.name = Some(name);
            Ok(())
        } else if meta.path.is_ident("requires") {
            meta.parse_nested_meta(|feature| {
                let name = feature.path.require_ident()?.clone();
                let text = name.to_string();
                if !FEATURES.contains(&text.as_str()) {
                    let hint = docs::did_you_mean(&text, &FEATURES);
                    return Err(feature.error(format!("unknown feature `{text}`{hint}")));
                }
                self.requires.push(name);
                Ok(())
            })
        } else {
            Err(meta.error("expected `name = \"...\"` or `requires(...)`"))
        }
    }
}

fn check_name(name: &LitStr) -> syn::Result<()> {
    let text = name.value();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(allowed) {
        return Ok(());
    }
    Err(syn::Error::new(
        name.span(),
        "a plugin's name consists of lower-case letters, digits and `-`, and begins with a letter",
    ))
}

fn check_header(item: &ItemImpl, errors: &mut Errors) {
    let is_plugin = item.trait_.as_ref().is_some_and(|(path, _)| {
        path.segments
            .last()
            .is_some_and(|segment| segment.ident == "Plugin")
    });
    if !is_plugin {
        errors.at(
            &item.self_ty,
            "#[emu_plugin] goes on an `impl Plugin for ...` block",
        );
    }
    if !item.generics.params.is_empty() {
        errors.at(
            &item.generics,
            "a plugin cannot be generic: the emulator finds it by name and knows no parameters",
        );
    }
}

/// Checks the block's items and returns which hooks there are.
fn check_items(item: &ItemImpl, errors: &mut Errors) -> Vec<Ident> {
    let mut hooks = Vec::new();
    let mut has_new = false;
    for entry in &item.items {
        match entry {
            ImplItem::Fn(function) if function.sig.ident == "new" => {
                has_new = true;
                check_new(function, errors);
            }
            ImplItem::Fn(function) => hooks.extend(check_hook(function, errors)),
            ImplItem::Type(ty) if ty.ident != "Args" && ty.ident != "Vcpu" => errors.at(
                &ty.ident,
                "a plugin has the associated types `Args` and `Vcpu` only",
            ),
            _ => {}
        }
    }
    if !has_new {
        errors.at(
            &item.self_ty,
            format_args!("the plugin needs a constructor: `{NEW}`"),
        );
    }
    hooks
}

fn check_new(function: &ImplItemFn, errors: &mut Errors) {
    let signature = &function.sig;
    if let Some(receiver) = signature.receiver() {
        errors.at(
            receiver,
            format_args!("`new` makes the plugin and takes no `self`: `{NEW}`"),
        );
    } else if signature.inputs.len() != 2 {
        errors.at(
            &signature.inputs,
            format_args!("`new` takes the arguments and the host: `{NEW}`"),
        );
    }
    check_plain(function, errors);
}

/// Checks a function other than `new`, and returns its name if it is a hook.
fn check_hook(function: &ImplItemFn, errors: &mut Errors) -> Option<Ident> {
    let signature = &function.sig;
    let name = signature.ident.to_string();
    let Some((_, parameters, usage)) = HOOKS.iter().find(|hook| hook.0 == name) else {
        let names = HOOKS.map(|hook| hook.0);
        let hint = docs::did_you_mean(&name, &names);
        let hint = if hint.is_empty() {
            format!(
                "; hooks are {}. Other functions go into a block of their own",
                names.join(", ")
            )
        } else {
            hint
        };
        errors.at(
            &signature.ident,
            format_args!("`{name}` is no hook of a plugin{hint}"),
        );
        return None;
    };
    match signature.inputs.first() {
        Some(FnArg::Receiver(receiver)) => {
            let shared = matches!(receiver.kind, ReceiverKind::Reference(_, _, None));
            if !shared {
                errors.at(
                    receiver,
                    "hooks take `&self`, because vCPUs share the plugin: keep what changes in the \
                     per-vCPU state, in an atomic, or behind a lock",
                );
            }
            if signature.inputs.len() != parameters + 1 {
                errors.at(
                    &signature.inputs,
                    format_args!("the hook is written `{usage}`"),
                );
            }
        }
        _ => errors.at(
            &signature.ident,
            format_args!("the hook is written `{usage}`"),
        ),
    }
    if let syn::ReturnType::Type(_, ty) = &signature.output {
        errors.at(ty, format_args!("the hook returns nothing: `{usage}`"));
    }
    check_plain(function, errors);
    Some(signature.ident.clone())
}

fn check_plain(function: &ImplItemFn, errors: &mut Errors) {
    let signature = &function.sig;
    if let Some(token) = &signature.asyncness {
        errors.at(
            token,
            "the emulator calls this directly: it cannot be `async`",
        );
    }
}

/// Adds `type Args = NoArgs` and `type Vcpu = ()` where the author left them out.
fn fill_in_types(item: &mut ItemImpl) {
    let has = |item: &ItemImpl, name: &str| {
        item.items
            .iter()
            .any(|entry| matches!(entry, ImplItem::Type(ty) if ty.ident == name))
    };
    if !has(item, "Args") {
        item.items
            .push(syn::parse_quote! { type Args = ::emu_plugin_sdk::NoArgs; });
    }
    if !has(item, "Vcpu") {
        item.items.push(syn::parse_quote! { type Vcpu = (); });
    }
}

/// Removes what this macro has complained about and the compiler would too.
fn remove_unknown_items(item: &mut ItemImpl) {
    item.items.retain(|entry| match entry {
        ImplItem::Fn(function) => {
            let name = function.sig.ident.to_string();
            name == "new" || HOOKS.iter().any(|hook| hook.0 == name)
        }
        ImplItem::Type(ty) => ty.ident == "Args" || ty.ident == "Vcpu",
        _ => true,
    });
}

fn registration(item: &ItemImpl, options: &Options, hooks: &[Ident]) -> TokenStream {
    let ty = &item.self_ty;
    let name = &options.name;
    let requires = &options.requires;
    let summary = docs::first_paragraph(&docs::text(&item.attrs));
    let declaration = format_ident!("__EMU_PLUGIN_DECLARATION");
    quote! {
        // A plugin may have all hooks there are.
        #[allow(clippy::needless_update)]
        #[automatically_derived]
        impl ::emu_plugin_sdk::__private::Declared for #ty {
            const HOOKS: ::emu_plugin_sdk::__private::Hooks = ::emu_plugin_sdk::__private::Hooks {
                #(#hooks: true,)*
                ..::emu_plugin_sdk::__private::Hooks::NONE
            };
            const REQUIRES: ::emu_plugin_sdk::__private::FeatureSet =
                ::emu_plugin_sdk::__private::FeatureSet::NONE
                    #(.with(::emu_plugin_sdk::__private::Feature::#requires))*;
        }

        const _: () = {
            const #declaration: ::emu_plugin_sdk::abi::PluginDeclaration =
                ::emu_plugin_sdk::__private::declaration::<#ty>(
                    #name,
                    #summary,
                    ::core::env!("CARGO_PKG_VERSION"),
                );
            ::emu_plugin_sdk::__private::inventory::submit! { #declaration }
        };
    }
}
