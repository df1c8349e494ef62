//! `#[derive(VcpuState)]`: a constant for each counter of a struct.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Expr, Field, Fields, Type};

use crate::docs::Errors;

/// What a field is to inline operations.
enum Kind<'a> {
    /// `u64`.
    Counter,
    /// `[u64; N]`, with its length.
    Counters(&'a Expr),
    /// Anything else.
    Other,
}

pub(crate) fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let ident = &input.ident;
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(
            ident,
            "the per-vCPU state is a struct: its fields are what generated code adds to",
        ));
    };
    if !input.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(
            &input.generics,
            "the per-vCPU state cannot be generic: generated code needs its exact layout",
        ));
    }
    let mut errors = Errors::default();
    let mut constants = TokenStream::new();
    match &data.fields {
        Fields::Named(fields) => {
            for field in &fields.named {
                constants.extend(constant(ident, field, &mut errors));
            }
        }
        Fields::Unit => {}
        Fields::Unnamed(fields) => errors.at(
            fields,
            "the fields of the per-vCPU state need names: the counters are called after them",
        ),
    }
    errors.finish()?;
    Ok(quote! {
        #[automatically_derived]
        impl ::emu_plugin_sdk::VcpuState for #ident {}

        #[automatically_derived]
        #[allow(dead_code)]
        impl #ident {
            #constants
        }
    })
}

fn constant(state: &syn::Ident, field: &Field, errors: &mut Errors) -> TokenStream {
    let Some(name) = &field.ident else {
        return TokenStream::new();
    };
    let asked = field
        .attrs
        .iter()
        .find(|attribute| attribute.path().is_ident("counter"));
    let (vis, ty) = (&field.vis, &field.ty);
    let text = name.to_string();
    let text = text.strip_prefix("r#").unwrap_or(&text);
    let constant = format_ident!("{}", text.to_uppercase(), span = name.span());
    let (counter, doc) = match kind(ty) {
        Kind::Counter => (
            quote! { ::emu_plugin_sdk::Counter<#state> },
            format!("The field `{text}`, for inline additions."),
        ),
        Kind::Counters(length) => (
            quote! { ::emu_plugin_sdk::Counters<#state, { #length }> },
            format!("The elements of the field `{text}`, for inline additions."),
        ),
        Kind::Other => {
            if asked.is_some() {
                errors.at(
                    ty,
                    "a counter is a `u64` or an array of them: generated code adds to it",
                );
            }
            return TokenStream::new();
        }
    };
    // The check is for a type of the author's that happens to be called `u64`.
    let check = match kind(ty) {
        Kind::Counters(length) => {
            quote_spanned! { ty.span() => |state| -> &[::core::primitive::u64; #length] { &state.#name } }
        }
        _ => quote_spanned! { ty.span() => |state| -> &::core::primitive::u64 { &state.#name } },
    };
    let check_type = match kind(ty) {
        Kind::Counters(length) => quote! { &[::core::primitive::u64; #length] },
        _ => quote! { &::core::primitive::u64 },
    };
    quote! {
        #[doc = #doc]
        #vis const #constant: #counter = {
            const _: fn(&#state) -> #check_type = #check;
            // SAFETY: the line above holds only if the field has this type.
            unsafe { <#counter>::at_offset(::core::mem::offset_of!(#state, #name)) }
        };
    }
}

fn kind(ty: &Type) -> Kind<'_> {
    match ty {
        Type::Array(array) if is_u64(&array.elem) => Kind::Counters(&array.len),
        ty if is_u64(ty) => Kind::Counter,
        _ => Kind::Other,
    }
}

fn is_u64(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path.path.is_ident("u64"),
        Type::Group(group) => is_u64(&group.elem),
        _ => false,
    }
}
