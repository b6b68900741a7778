//! The issuers that are known by name.

/// Selects what differs between issuers besides their addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kinds {
    Microsoft,
    Google,
    Own,
}

impl Kinds {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Microsoft => "microsoft",
            Self::Google => "google",
            Self::Own => "own",
        }
    }
}
