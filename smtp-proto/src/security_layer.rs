//! What is known under one security layer. STARTTLS replaces all of it: RFC 3207 section 4.2.

use alloc::boxed::Box;

use crate::confidential::Confidential;
use crate::config::Config;
use crate::ehlo::Capabilities;
use crate::event::TlsInfo;
use crate::reply::ReplyReader;

/// One security layer: nothing in it outlives the layer.
#[derive(Debug)]
pub(crate) struct SecurityLayer {
    pub(crate) reader: ReplyReader,
    /// Whether the unfinished reply in `reader` began before the command that is awaited had left.
    pub(crate) began_early: bool,
    /// What the server said to EHLO within this layer.
    pub(crate) capabilities: Option<Capabilities>,
    /// Whether it is a TLS layer.
    pub(crate) is_tls: bool,
    /// Whether it is known to be the right server's.
    pub(crate) is_verified: bool,
    /// What a login can be bound to the layer by.
    pub(crate) exporter: Option<Box<[u8; 32]>>,
    confidential: Option<Confidential>,
}

impl SecurityLayer {
    /// The layer before any TLS.
    pub(crate) fn in_the_clear(config: &Config) -> Self {
        Self::new(config, None)
    }

    /// A layer of TLS, which knows nothing yet.
    pub(crate) fn over_tls(config: &Config, tls: TlsInfo) -> Self {
        Self::new(config, Some(tls))
    }

    fn new(config: &Config, tls: Option<TlsInfo>) -> Self {
        Self {
            reader: ReplyReader::new(config.limits, config.bare_lf),
            began_early: false,
            capabilities: None,
            is_tls: tls.is_some(),
            is_verified: tls.is_some_and(|tls| tls.verified),
            exporter: tls.and_then(|tls| tls.exporter).map(Box::new),
            confidential: Confidential::new(tls.as_ref(), config),
        }
    }

    /// The proof that secrets may be written, if they may.
    pub(crate) fn confidential(&self) -> Option<&Confidential> {
        self.confidential.as_ref()
    }
}
