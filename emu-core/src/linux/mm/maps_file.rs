//! The text of the guest's `/proc/self/maps`.

use std::fmt::Write as _;

use super::page_map::{Backing, PageMap};

/// Renders the page map as Linux does.
pub(crate) fn render(pages: &PageMap) -> String {
    let mut text = String::new();
    for (start, region) in pages.iter() {
        let right = |has: bool, letter: char| if has { letter } else { '-' };
        let (offset, device, inode, name) = match &region.backing {
            Backing::Anonymous => (0, 0, 0, ""),
            Backing::Named(name) => (0, 0, 0, *name),
            Backing::File(file) => (file.offset, file.device, file.inode, &*file.path),
        };
        let line_start = text.len();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{start:08x}-{:08x} {}{}{}{} {offset:08x} {:02x}:{:02x} {inode} ",
            region.end,
            right(region.protection.read, 'r'),
            right(region.protection.write, 'w'),
            right(region.protection.execute, 'x'),
            if region.shared { 's' } else { 'p' },
            libc::major(device),
            libc::minor(device),
        );
        if !name.is_empty() {
            while text.len() - line_start < 73 {
                text.push(' ');
            }
            text.push_str(name);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::page_map::{FileBacking, Protection, Region};
    use super::*;

    #[test]
    fn maps_look_like_linux() {
        let mut pages = PageMap::default();
        let code = Protection {
            read: true,
            write: false,
            execute: true,
        };
        let data = Protection {
            read: true,
            write: true,
            execute: false,
        };
        let file = FileBacking {
            path: "/usr/bin/true".into(),
            offset: 0x1000,
            device: 0x801,
            inode: 42,
        };
        pages.insert(
            0x11000,
            Region {
                end: 0x13000,
                protection: code,
                shared: false,
                backing: Backing::File(file),
            },
        );
        pages.insert(
            0x20000,
            Region {
                end: 0x21000,
                protection: data,
                shared: true,
                backing: Backing::Anonymous,
            },
        );
        pages.insert(
            0x3f_0000_0000,
            Region {
                end: 0x3f_0080_0000,
                protection: data,
                shared: false,
                backing: Backing::Named("[stack]"),
            },
        );
        insta::assert_snapshot!(render(&pages), @r"
        00011000-00013000 r-xp 00001000 08:01 42                                 /usr/bin/true
        00020000-00021000 rw-s 00000000 00:00 0 
        3f00000000-3f00800000 rw-p 00000000 00:00 0                              [stack]
        ");
    }
}
