//! emu-plugin-sdk
