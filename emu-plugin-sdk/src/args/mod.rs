//! A plugin's arguments: what it says it takes, and how text becomes values.
//!
//! `#[derive(PluginArgs)]` writes the list of [`ArgumentSpec`]s and takes the values out of
//! [`Arguments`] field by field. All messages are made here, so that they are alike.

mod value;

pub use value::{AddressRange, PluginValue, choice};

use abi_stable::std_types::{ROption, RStr};

use crate::abi::{ArgumentKind, ArgumentSpec};
use crate::{Error, Result};

/// The arguments of a plugin, derived with `#[derive(PluginArgs)]` from a struct.
///
/// Each field is one argument, named as the field (users may write `-` for `_`), and its doc
/// comment is the help text. What a field's type means:
///
/// | type | argument |
/// | --- | --- |
/// | `bool` | a flag: `name`, or `name=true`, `false`, `on`, `off`; false unless given |
/// | `T` | must be given, unless there is a default |
/// | `Option<T>` | may be given |
/// | `Vec<T>` | may be given any number of times |
///
/// `T` is an integer, `f64`, `String`, `PathBuf`, [`AddressRange`], or anything that implements
/// [`PluginValue`], which enums derive. `#[arg(...)]` refines a field:
///
/// - `default = 20` or `default = "text"`: the value when the argument is not given;
/// - `name = "range"`: another name than the field's;
/// - `range = 1..=64`: the integers allowed.
///
/// ```
/// use emu_plugin_sdk::{Arguments, PluginArgs, PluginValue};
///
/// #[derive(Debug, PartialEq, PluginValue)]
/// enum Sort {
///     Executions,
///     Instructions,
/// }
///
/// #[derive(PluginArgs)]
/// struct Args {
///     /// How many blocks to show.
///     #[arg(default = 20, range = 1..=1000)]
///     limit: usize,
///     /// What to sort by.
///     #[arg(default = "executions")]
///     sort: Sort,
///     /// Show addresses only.
///     raw: bool,
/// }
///
/// let given = [("sort", Some("instructions")), ("raw", None)];
/// let args = Arguments::parse::<Args>(given)?;
/// assert_eq!((args.limit, args.sort, args.raw), (20, Sort::Instructions, true));
///
/// let error = Arguments::parse::<Args>([("limt", Some("5"))]).err().unwrap();
/// assert_eq!(
///     error.to_string(),
///     "unknown argument `limt`: did you mean `limit`? (takes limit, sort, raw)",
/// );
/// # Ok::<(), emu_plugin_sdk::Error>(())
/// ```
pub trait PluginArgs: Sized {
    /// What the arguments are, for help and messages.
    #[doc(hidden)]
    const SPECS: &'static [ArgumentSpec];

    /// Takes the values out of what the user gave.
    #[doc(hidden)]
    fn from_arguments(arguments: &mut Arguments) -> Result<Self>;
}

/// The arguments of a plugin that takes none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoArgs;

impl PluginArgs for NoArgs {
    const SPECS: &'static [ArgumentSpec] = &[];

    fn from_arguments(_: &mut Arguments) -> Result<NoArgs> {
        Ok(NoArgs)
    }
}

/// What the user gave, on its way into a plugin's [`PluginArgs`].
#[derive(Debug)]
pub struct Arguments {
    given: Vec<(&'static ArgumentSpec, Option<String>)>,
}

impl Arguments {
    /// Parses arguments given as names with or without values: what the emulator does before
    /// [`Plugin::new`](crate::Plugin::new).
    ///
    /// # Errors
    ///
    /// If a name is unknown or given twice, a value is missing or not allowed, or an argument that
    /// must be given is not.
    pub fn parse<'a, A: PluginArgs>(
        given: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Result<A> {
        let mut arguments = Arguments { given: Vec::new() };
        for (name, value) in given {
            let spec = find(A::SPECS, name)?;
            let already = arguments
                .given
                .iter()
                .any(|(other, _)| std::ptr::eq(*other, spec));
            if already && !spec.repeated {
                return Err(Error::new(format_args!("argument `{name}` is given twice")));
            }
            arguments.given.push((spec, value.map(str::to_owned)));
        }
        A::from_arguments(&mut arguments)
    }

    /// Takes an argument that is given at most once.
    #[doc(hidden)]
    pub fn optional<T: PluginValue>(&mut self, spec: &'static ArgumentSpec) -> Result<Option<T>> {
        Ok(self.repeated(spec)?.pop())
    }

    /// Takes an argument that has to be there.
    #[doc(hidden)]
    pub fn required<T: PluginValue>(&mut self, spec: &'static ArgumentSpec) -> Result<T> {
        self.optional(spec)?.ok_or_else(|| {
            let (name, value) = (&spec.name, &spec.value_name);
            let help = spec.help.as_str().lines().next().unwrap_or_default();
            Error::new(format_args!("missing argument `{name}={value}`: {help}"))
        })
    }

    /// Takes an argument with a default that is written as the user would write it.
    #[doc(hidden)]
    pub fn or_default<T: PluginValue>(&mut self, spec: &'static ArgumentSpec) -> Result<T> {
        if let Some(value) = self.optional(spec)? {
            return Ok(value);
        }
        let default = spec.default.map_or("", |default| default.as_str());
        parse(spec, Some(default)).map_err(|error| error.context("the default of an argument"))
    }

    /// Takes all values of an argument.
    #[doc(hidden)]
    pub fn repeated<T: PluginValue>(&mut self, spec: &'static ArgumentSpec) -> Result<Vec<T>> {
        self.given
            .iter()
            .filter(|(given, _)| given.name == spec.name)
            .map(|(_, value)| parse(spec, value.as_deref()))
            .collect()
    }

    /// Checks a value against the range that the author allows.
    #[doc(hidden)]
    pub fn check_range<T: PartialOrd + std::fmt::Display + Copy>(
        spec: &'static ArgumentSpec,
        values: &[T],
        (lowest, highest): (T, T),
    ) -> Result<()> {
        match values
            .iter()
            .find(|value| **value < lowest || **value > highest)
        {
            None => Ok(()),
            Some(value) => Err(bad_value(
                spec,
                &value.to_string(),
                &format!("an integer from {lowest} to {highest}"),
            )),
        }
    }
}

fn parse<T: PluginValue>(spec: &'static ArgumentSpec, value: Option<&str>) -> Result<T> {
    let (name, value_name) = (&spec.name, &spec.value_name);
    let Some(value) = value.or(T::WITHOUT_VALUE) else {
        return Err(Error::new(format_args!(
            "argument `{name}` needs a value: {name}={value_name}"
        )));
    };
    T::parse(value).map_err(|allowed| bad_value(spec, value, &allowed))
}

fn bad_value(spec: &ArgumentSpec, value: &str, allowed: &str) -> Error {
    Error::new(format_args!(
        "`{}={value}`: `{value}` is not {allowed}",
        spec.name
    ))
}

/// Finds the argument called `name`; `-` and `_` are the same.
fn find(specs: &'static [ArgumentSpec], name: &str) -> Result<&'static ArgumentSpec> {
    let wanted = name.replace('-', "_");
    if let Some(spec) = specs
        .iter()
        .find(|spec| spec.name.replace('-', "_") == wanted)
    {
        return Ok(spec);
    }
    if specs.is_empty() {
        return Err(Error::new(format_args!(
            "unknown argument `{name}`: the plugin takes no arguments"
        )));
    }
    let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
    let takes = names.join(", ");
    Err(match closest(&wanted, &names) {
        Some(close) => Error::new(format_args!(
            "unknown argument `{name}`: did you mean `{close}`? (takes {takes})"
        )),
        None => Error::new(format_args!("unknown argument `{name}`: takes {takes}")),
    })
}

/// The candidate that `word` is most likely a misspelling of.
fn closest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    candidates
        .iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), *candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Describes an argument: for the expansion of `#[derive(PluginArgs)]`.
#[doc(hidden)]
#[must_use]
pub const fn spec<T: PluginValue>(
    name: &'static str,
    help: &'static str,
    default: Option<&'static str>,
    required: bool,
    repeated: bool,
) -> ArgumentSpec {
    let kind: ArgumentKind = T::KIND;
    ArgumentSpec {
        name: RStr::from_str(name),
        help: RStr::from_str(help),
        kind,
        value_name: RStr::from_str(T::VALUE_NAME),
        default: match default {
            Some(text) => ROption::RSome(RStr::from_str(text)),
            None => ROption::RNone,
        },
        required,
        repeated,
    }
}
