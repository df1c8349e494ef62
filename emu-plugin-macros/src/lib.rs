//! emu-plugin-macros
