//! The working directory.

use super::{Call, SysResult};
use crate::linux::errno::Errno;

/// The working directory as the guest knows it: without the root prefix.
pub(super) fn getcwd(call: &mut Call<'_, '_>) -> SysResult {
    let [buffer, size, ..] = call.args;
    let host = std::env::current_dir().map_err(Errno::from)?;
    let mut bytes = call
        .process
        .prefix
        .to_guest(&host)
        .into_os_string()
        .into_encoded_bytes();
    bytes.push(0);
    if bytes.len() as u64 > size {
        return Err(Errno::ERANGE.into());
    }
    call.space().write_bytes(buffer, &bytes)?;
    Ok(bytes.len() as u64)
}
