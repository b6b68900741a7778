//! The core without a driver: its parts one by one, and the machine over a list of replies.

use mailwright_proto::{Config, Connection, Output, Security, address::EhloName};
use mailwright_proto::{
    body::{BodyEncoder, LineEnds},
    ehlo::Capabilities,
    reply::{BareLf, ReplyLimits, ReplyReader},
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    parts()?;
    session(&[
        "220 mx.example.test\r\n",
        "250 mx.example.test\r\n",
        "221 bye\r\n",
    ])
    .map(drop)
}

/// A reader of replies, what an EHLO answer says, and a message made fit for DATA.
pub(crate) fn parts() -> Result<(), Box<dyn std::error::Error>> {
    let mut reader = ReplyReader::new(ReplyLimits::DEFAULT, BareLf::Refuse);
    reader.receive(b"250-mx.example.test\r\n250 SIZE 35882577\r\n");
    let capabilities = reader
        .next()?
        .map(Capabilities::from_reply)
        .ok_or("half a reply")?;
    assert_eq!(capabilities.size(), Some(35_882_577));
    let mut framer = BodyEncoder::new(LineEnds::Normalise);
    assert_eq!(
        framer.frame(b".hidden\n", true)?.to_vec(),
        b"..hidden\r\n.\r\n"
    );
    Ok(())
}

/// Opens a session, ends it, and gives all that it wrote.
pub(crate) fn session(replies: &[&str]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let config = Config::new(EhloName::try_from("client.example.test")?).security(Security::None);
    let (mut connection, mut wire, mut replies) =
        (Connection::new(config.into()), Vec::new(), replies.iter());
    loop {
        match connection.poll()? {
            Output::Event(event) => println!("{event:?}"),
            Output::Write => {
                wire.extend_from_slice(&connection.transmit());
                connection.transmitted(connection.transmit().len());
            }
            Output::Read => {
                connection.receive(replies.next().ok_or("the script is over")?.as_bytes())
            }
            Output::Idle => connection.quit()?,
            _ => return Ok(wire),
        }
    }
}
