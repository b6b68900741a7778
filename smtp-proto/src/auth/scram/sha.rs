//! The hashes themselves: RustCrypto's.

use alloc::vec;
use core::marker::PhantomData;

use hmac::digest::Digest;
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::hash::{Hash, Octets};

pub(super) const SHA_1: &dyn Hash = &Sha::<Sha1>(PhantomData);
pub(super) const SHA_256: &dyn Hash = &Sha::<Sha256>(PhantomData);

#[derive(Debug)]
struct Sha<D>(PhantomData<D>);

impl<D: EagerHash + core::fmt::Debug + Send + Sync> Hash for Sha<D> {
    fn digest(&self, octets: &[u8]) -> Octets {
        Zeroizing::new(D::digest(octets).to_vec())
    }

    fn mac(&self, key: &[u8], octets: &[u8]) -> Octets {
        let signed = keyed::<D>(key)
            .map(|keyed| keyed.chain_update(octets).finalize().into_bytes().to_vec());
        Zeroizing::new(signed.unwrap_or_default())
    }

    fn verify(&self, key: &[u8], octets: &[u8], claimed: &[u8]) -> bool {
        keyed::<D>(key)
            .is_some_and(|keyed| keyed.chain_update(octets).verify_slice(claimed).is_ok())
    }

    fn stretch(&self, password: &[u8], salt: &[u8], iterations: u32) -> Octets {
        let mut octets = Zeroizing::new(vec![0; <D as Digest>::output_size()]);
        // It fails where `keyed` would, which is never.
        let _ = pbkdf2::pbkdf2::<Hmac<D>>(password, salt, iterations, &mut octets);
        octets
    }
}

/// HMAC with its key. It takes keys of any length, so that there always is one.
fn keyed<D: EagerHash>(key: &[u8]) -> Option<Hmac<D>> {
    Hmac::new_from_slice(key).ok()
}
