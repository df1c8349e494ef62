//! Symbols of the guest's images, read when first asked for.
//!
//! The loader and file mappings with execute permission register images; that costs a few
//! words each. The first lookup in an image reads its symbol table.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use object::{Object, ObjectSegment, ObjectSymbol, SymbolKind};

use super::ImageSource;
use crate::environment::Symbol;

/// A mapped range of code that comes from a file.
#[derive(Debug)]
struct Image {
    end: u64,
    /// File offset of the range's start.
    offset: u64,
    guest_path: Arc<str>,
    source: ImageSource,
    table: OnceLock<SymbolTable>,
}

/// Sorted symbols of one file, at their unrelocated addresses.
#[derive(Debug, Default)]
struct SymbolTable {
    /// Unrelocated address of the mapped range's start.
    start: u64,
    /// (address, size, name)
    symbols: Vec<(u64, u64, Arc<str>)>,
}

/// The images.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    images: RwLock<BTreeMap<u64, Arc<Image>>>,
}

impl Symbols {
    /// Locks, for a fork.
    pub(crate) fn lock(&self) -> impl Sized + '_ {
        self.images.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers `start..end` as a mapping of a file from `offset` on.
    pub(crate) fn add(
        &self,
        start: u64,
        end: u64,
        offset: u64,
        guest_path: Arc<str>,
        source: ImageSource,
    ) {
        let image = Image {
            end,
            offset,
            guest_path,
            source,
            table: OnceLock::new(),
        };
        let mut images = self.images.write().unwrap_or_else(PoisonError::into_inner);
        // What was mapped there before is gone.
        let covered: Vec<u64> = images.range(start..end).map(|(&at, _)| at).collect();
        for at in covered {
            images.remove(&at);
        }
        images.insert(start, Arc::new(image));
    }

    /// What covers `address`.
    pub(crate) fn find(&self, address: u64) -> Option<Symbol> {
        let (start, image) = {
            let images = self.images.read().unwrap_or_else(PoisonError::into_inner);
            let (&start, image) = images.range(..=address).next_back()?;
            if address >= image.end {
                return None;
            }
            (start, Arc::clone(image))
        };
        let table = image.table();
        let image_address = address - start + table.start;
        let found = table.find(image_address);
        let (name, offset) = match found {
            Some((at, name)) => (Arc::clone(name), image_address - at),
            None => (Arc::from(""), image_address),
        };
        Some(Symbol {
            name,
            offset,
            image: Arc::clone(&image.guest_path),
            image_address,
        })
    }

    /// The address of the symbol called `name`, of the first image that has one.
    pub(crate) fn address_of(&self, name: &str) -> Option<u64> {
        let images = self.images.read().unwrap_or_else(PoisonError::into_inner);
        images.iter().find_map(|(start, image)| {
            let table = image.table();
            let (at, ..) = table.symbols.iter().find(|symbol| &*symbol.2 == name)?;
            let address = at.wrapping_sub(table.start).wrapping_add(*start);
            (*start..image.end).contains(&address).then_some(address)
        })
    }
}

impl Image {
    fn table(&self) -> &SymbolTable {
        self.table
            .get_or_init(|| SymbolTable::read(self).unwrap_or_default())
    }
}

impl SymbolTable {
    fn read(image: &Image) -> Option<SymbolTable> {
        let data = image.source.read().ok()?;
        let file = object::File::parse(&*data).ok()?;
        let start = file.segments().find_map(|segment| {
            let (offset, size) = segment.file_range();
            let page = image.offset.max(offset);
            (page < offset + size && image.offset + 4096 > offset).then(|| {
                segment
                    .address()
                    .wrapping_sub(offset)
                    .wrapping_add(image.offset)
            })
        })?;
        let mut symbols: Vec<(u64, u64, Arc<str>)> = file
            .symbols()
            .chain(file.dynamic_symbols())
            .filter(|symbol| {
                symbol.is_definition()
                    && matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Unknown)
            })
            .filter_map(|symbol| {
                let name = symbol.name().ok().filter(|name| is_name(name))?;
                let name = format!("{:#}", rustc_demangle::demangle(name));
                Some((symbol.address(), symbol.size(), Arc::from(name)))
            })
            .collect();
        // Of several names for an address, the one with a size, then the first, is shown.
        symbols.sort_by(|a, b| (a.0, u64::MAX - a.1, &a.2).cmp(&(b.0, u64::MAX - b.1, &b.2)));
        symbols.dedup_by_key(|symbol| symbol.0);
        Some(SymbolTable { start, symbols })
    }

    /// The symbol that covers an address. One without a size reaches to the next.
    fn find(&self, address: u64) -> Option<(u64, &Arc<str>)> {
        let index = self
            .symbols
            .partition_point(|symbol| symbol.0 <= address)
            .checked_sub(1)?;
        let (at, size, name) = &self.symbols[index];
        (*size == 0 || address < at + size).then_some((*at, name))
    }
}

/// Whether it names something for people: assemblers mark instruction sets with `$x…`.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('$') && !name.starts_with(".L")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_map_to_the_covering_symbol() {
        let table = SymbolTable {
            start: 0x1000,
            symbols: vec![
                (0x1000, 0x10, "first".into()),
                (0x1020, 0, "open_ended".into()),
                (0x1100, 8, "last".into()),
            ],
        };
        let cases: &[(u64, Option<(u64, &str)>)] = &[
            (0xfff, None),
            (0x1000, Some((0x1000, "first"))),
            (0x100f, Some((0x1000, "first"))),
            (0x1010, None),
            (0x10ff, Some((0x1020, "open_ended"))),
            (0x1107, Some((0x1100, "last"))),
            (0x1108, None),
        ];
        for &(address, expected) in cases {
            let found = table.find(address).map(|(at, name)| (at, &**name));
            assert_eq!(found, expected, "{address:#x}");
        }
    }

    #[test]
    fn later_mappings_replace_earlier_ones() {
        let nowhere = || ImageSource::File("/nowhere".into());
        let symbols = Symbols::default();
        symbols.add(0x1000, 0x3000, 0, "/old".into(), nowhere());
        symbols.add(0x1000, 0x2000, 0, "/new".into(), nowhere());
        let found = symbols.find(0x1800).expect("registered");
        assert_eq!(
            (&*found.image, &*found.name, found.offset),
            ("/new", "", 0x800)
        );
        assert_eq!(symbols.find(0x2800), None);
    }
}
