//! `#[derive(PluginArgs)]`: the arguments of a plugin from the fields of a struct.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Expr, ExprLit, ExprRange, ExprUnary, Field, Fields, GenericArgument, Lit,
    LitStr, PathArguments, RangeLimits, Type, UnOp,
};

use crate::docs::{self, Errors};

/// How often an argument may be given, as its field's type says.
enum Shape {
    One,
    Optional,
    Repeated,
}

/// What `#[arg(...)]` says.
#[derive(Default)]
struct Options {
    name: Option<LitStr>,
    default: Option<Expr>,
    range: Option<ExprRange>,
}

/// What one field adds to the expansion.
struct Argument {
    name: String,
    spec: TokenStream,
    field: TokenStream,
}

pub(crate) fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let ident = &input.ident;
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(
            ident,
            "arguments are a struct: each field is one",
        ));
    };
    if !input.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(
            &input.generics,
            "arguments cannot be generic",
        ));
    }
    let mut errors = Errors::default();
    let mut arguments: Vec<Argument> = Vec::new();
    match &data.fields {
        Fields::Named(fields) => {
            for field in &fields.named {
                match argument(field, arguments.len()) {
                    Ok(new) => {
                        if arguments.iter().any(|other| other.name == new.name) {
                            errors.at(
                                field,
                                format_args!("two arguments are called `{}`", new.name),
                            );
                        }
                        arguments.push(new);
                    }
                    Err(error) => errors.add(error),
                }
            }
        }
        Fields::Unit => {}
        Fields::Unnamed(fields) => {
            errors.at(
                fields,
                "the fields need names: the arguments are called after them",
            );
        }
    }
    errors.finish()?;
    let specs = arguments.iter().map(|argument| &argument.spec);
    let fields = arguments.iter().map(|argument| &argument.field);
    Ok(quote! {
        #[automatically_derived]
        impl ::emu_plugin_sdk::PluginArgs for #ident {
            const SPECS: &'static [::emu_plugin_sdk::__private::ArgumentSpec] = &[#(#specs),*];

            #[allow(unused_variables)]
            fn from_arguments(
                arguments: &mut ::emu_plugin_sdk::Arguments,
            ) -> ::emu_plugin_sdk::Result<Self> {
                let specs = <Self as ::emu_plugin_sdk::PluginArgs>::SPECS;
                ::core::result::Result::Ok(Self { #(#fields),* })
            }
        }
    })
}

fn argument(field: &Field, index: usize) -> syn::Result<Argument> {
    let ident = field.ident.as_ref().ok_or_else(|| {
        syn::Error::new_spanned(
            field,
            "the fields need names: the arguments are called after them",
        )
    })?;
    let options = Options::of(field)?;
    let name = match &options.name {
        Some(name) => name.value(),
        None => ident.to_string().trim_start_matches("r#").to_owned(),
    };
    let (shape, ty) = shape(&field.ty);
    let is_flag = matches!(ty, Type::Path(path) if path.path.is_ident("bool"));
    if let Some(default) = &options.default
        && !matches!(shape, Shape::One)
    {
        return Err(syn::Error::new_spanned(
            default,
            "only an argument that is given once has a default: `Option` is `None` and `Vec` is \
             empty unless given",
        ));
    }
    let default = match &options.default {
        Some(default) => Some(default_text(default)?),
        None if is_flag && matches!(shape, Shape::One) => Some("false".to_owned()),
        None => None,
    };
    let default_tokens = match &default {
        Some(text) => quote! { ::core::option::Option::Some(#text) },
        None => quote! { ::core::option::Option::None },
    };
    let required = default.is_none() && matches!(shape, Shape::One);
    let repeated = matches!(shape, Shape::Repeated);
    let help = docs::text(&field.attrs);
    let spec = quote_spanned! { ty.span() =>
        ::emu_plugin_sdk::__private::spec::<#ty>(#name, #help, #default_tokens, #required, #repeated)
    };
    let take = match shape {
        Shape::Repeated => quote! { repeated },
        Shape::Optional => quote! { optional },
        Shape::One if required => quote! { required },
        Shape::One => quote! { or_default },
    };
    let value = quote_spanned! { ty.span() => arguments.#take::<#ty>(&specs[#index])? };
    let value = match &options.range {
        Some(range) => {
            let check = range_check(range, ty, &shape, index)?;
            quote! {{ let value = #value; #check value }}
        }
        None => value,
    };
    // A default of the wrong type is an error at the default, not when the plugin starts.
    let type_check = match &options.default {
        Some(
            default @ Expr::Lit(ExprLit {
                lit: Lit::Int(_) | Lit::Bool(_) | Lit::Float(_),
                ..
            }),
        )
        | Some(default @ Expr::Unary(_)) => quote! { const _: #ty = #default; },
        _ => quote! {},
    };
    let field = quote! { #ident: { #type_check #value } };
    Ok(Argument { name, spec, field })
}

impl Options {
    fn of(field: &Field) -> syn::Result<Options> {
        let mut options = Options::default();
        for attribute in field
            .attrs
            .iter()
            .filter(|attribute| attribute.path().is_ident("arg"))
        {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("name") {
                    options.name = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("default") {
                    options.default = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("range") {
                    options.range = Some(meta.value()?.parse()?);
                } else {
                    let text = meta
                        .path
                        .get_ident()
                        .map(ToString::to_string)
                        .unwrap_or_default();
                    let hint = docs::did_you_mean(&text, &["name", "default", "range"]);
                    return Err(meta.error(format!(
                        "expected `name = \"...\"`, `default = ...` or `range = ...`{hint}"
                    )));
                }
                Ok(())
            })?;
        }
        Ok(options)
    }
}

/// Whether a field's type is `Option<T>`, `Vec<T>` or `T`, and what `T` is.
fn shape(ty: &Type) -> (Shape, &Type) {
    if let Type::Path(path) = ty
        && let Some(segment) = path.path.segments.last()
        && let PathArguments::AngleBracketed(arguments) = &segment.arguments
        && let Some(GenericArgument::Type(inner)) = arguments.args.first()
    {
        if segment.ident == "Option" {
            return (Shape::Optional, inner);
        }
        if segment.ident == "Vec" {
            return (Shape::Repeated, inner);
        }
    }
    (Shape::One, ty)
}

/// A default as the user would write it.
fn default_text(default: &Expr) -> syn::Result<String> {
    match default {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Ok(text.value()),
        Expr::Lit(ExprLit {
            lit: Lit::Bool(flag),
            ..
        }) => Ok(flag.value.to_string()),
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => Ok(match number.token().to_string() {
            text if text.starts_with("0x") => text,
            _ => number.base10_digits().to_owned(),
        }),
        Expr::Lit(ExprLit {
            lit: Lit::Float(number),
            ..
        }) => Ok(number.base10_digits().to_owned()),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => Ok(format!("-{}", default_text(expr)?)),
        _ => Err(syn::Error::new_spanned(
            default,
            "a default is a literal, written as the user would: a number, true, false, or a string",
        )),
    }
}

fn range_check(
    range: &ExprRange,
    ty: &Type,
    shape: &Shape,
    index: usize,
) -> syn::Result<TokenStream> {
    let (Some(lowest), RangeLimits::Closed(_), Some(highest)) =
        (&range.start, &range.limits, &range.end)
    else {
        return Err(syn::Error::new_spanned(
            range,
            "a range is written `lowest..=highest`",
        ));
    };
    let values = match shape {
        Shape::One => quote! { ::core::slice::from_ref(&value) },
        Shape::Optional | Shape::Repeated => quote! { value.as_slice() },
    };
    Ok(quote_spanned! { ty.span() =>
        let range: (#ty, #ty) = (#lowest, #highest);
        ::emu_plugin_sdk::Arguments::check_range::<#ty>(&specs[#index], #values, range)?;
    })
}
