//! What goes wrong with names.

use super::{Ask, Door, Fault, fault};
use crate::dns;
use crate::lab::World;

pub(super) fn faults() -> Vec<Fault> {
    let fails = |name, how| Fault {
        world: Some(World {
            records: "mail.example.test. IN A 127.0.0.1",
            fault: Some(("mail.example.test", how)),
        }),
        ..fault(name, Door::Closed, "starttls")
    };
    let knows = |name, records| Fault {
        world: Some(World {
            records,
            fault: None,
        }),
        ..fault(name, Door::Closed, "starttls")
    };
    vec![
        fails("the name does not exist", dns::Fault::NoSuchName).is(
            "host-not-found",
            "dns",
            68,
            &["no such name"],
        ),
        knows(
            "the name has no address",
            "mail.example.test. IN TXT \"no address\"",
        )
        .is("host-not-found", "dns", 68, &["has no address"]),
        fails("the name server fails", dns::Fault::ServFail).is(
            "dns-failure",
            "dns",
            75,
            &["Server Failure"],
        ),
        fails("the name server refuses", dns::Fault::Refused).is(
            "dns-failure",
            "dns",
            75,
            &["Refused"],
        ),
        fails("the name server is silent", dns::Fault::Silent).is(
            "dns-failure",
            "dns",
            75,
            &["in time"],
        ),
        knows(
            "the domain takes no mail (null MX)",
            "example.test. IN MX 0 .",
        )
        .asked(Ask::Exchangers)
        .is("host-not-found", "dns", 68, &["takes no mail"]),
        knows(
            "the domain's MX has no address",
            "example.test. IN MX 10 gone.example.test.",
        )
        .asked(Ask::Exchangers)
        .is("host-not-found", "dns", 68, &["gone.example.test"]),
        Fault {
            world: Some(World {
                records: "example.test. IN A 127.0.0.1",
                fault: Some(("example.test", dns::Fault::ServFail)),
            }),
            ..fault(
                "the domain's name server fails",
                Door::Closed,
                "opportunistic",
            )
        }
        .asked(Ask::Exchangers)
        .is("dns-failure", "dns", 75, &["MX"]),
    ]
}
