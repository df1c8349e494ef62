//! `#[derive(PluginValue)]`: an enum whose variants are words.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields};

use crate::docs::Errors;

pub(crate) fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let ident = &input.ident;
    let Data::Enum(data) = &input.data else {
        return Err(syn::Error::new_spanned(
            ident,
            "only an enum can be derived as a value: each variant is one word",
        ));
    };
    let mut errors = Errors::default();
    if data.variants.is_empty() {
        errors.at(ident, "an enum without variants has no values");
    }
    let mut words = Vec::new();
    let mut variants = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            errors.at(
                &variant.fields,
                "a variant is one word and cannot hold data",
            );
        }
        words.push(kebab_case(&variant.ident.to_string()));
        variants.push(&variant.ident);
    }
    errors.finish()?;
    let value_name = words.join("|");
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let indices = 0..words.len();
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics ::emu_plugin_sdk::PluginValue for #ident #type_generics #where_clause {
            const VALUE_NAME: &'static ::core::primitive::str = #value_name;
            const KIND: ::emu_plugin_sdk::__private::ArgumentKind =
                ::emu_plugin_sdk::__private::ArgumentKind::CHOICE;

            fn parse(
                text: &::core::primitive::str,
            ) -> ::core::result::Result<Self, ::std::string::String> {
                match ::emu_plugin_sdk::__private::choice(text, &[#(#words),*])? {
                    #(#indices => ::core::result::Result::Ok(Self::#variants),)*
                    _ => ::core::unreachable!("the index is one of those above"),
                }
            }
        }
    })
}

/// `ChromeTrace` is `chrome-trace`.
fn kebab_case(name: &str) -> String {
    let mut word = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.extend(character.to_lowercase());
    }
    word
}

#[cfg(test)]
mod tests {
    use super::kebab_case;

    #[test]
    fn variants_become_words() {
        for (name, word) in [
            ("Text", "text"),
            ("ChromeTrace", "chrome-trace"),
            ("A", "a"),
        ] {
            assert_eq!(kebab_case(name), word);
        }
    }
}
