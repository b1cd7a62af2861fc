//! What `PropertiesChanged` tells.

use zbus::Message;

use super::Build;
use super::reader::Reader;
use crate::bus::answer::malformed;
use crate::error::Result;

/// What a signal tells of the properties that are wanted, by their places among them.
#[derive(Debug)]
pub struct Changes<T> {
    /// The interface that they are of.
    pub interface: String,
    /// New values, with what is not set as null.
    pub changed: Vec<(usize, T)>,
    /// Those whose new values it does not tell.
    pub invalidated: Vec<usize>,
}

/// Decodes only what a `PropertiesChanged` signal tells of the properties that are wanted.
pub fn wanted_changes<T: AsRef<str>, B: Build>(
    message: &Message,
    wanted: &[T],
    build: &B,
) -> Result<Changes<B::Item>> {
    let place = |name: &[u8]| wanted.iter().position(|wanted| wanted.as_ref().as_bytes() == name);
    let body = message.body();
    let mut reader = begin(message, body.data().bytes())?;
    let interface = reader.text()?.to_owned();
    let (mut changed, mut invalidated) = (Vec::new(), Vec::new());
    reader.each_changed(|reader| {
        match place(reader.sized_bytes()?) {
            Some(place) => changed.push((place, reader.property(wanted[place].as_ref(), build)?)),
            None => reader.skip(b"v", 0)?,
        }
        Ok(())
    })?;
    let end = reader.array(4)?;
    while reader.goes_on(end)? {
        invalidated.extend(place(reader.sized_bytes()?));
    }
    reader.ends_at(end)?;
    Ok(Changes { interface, changed, invalidated })
}

fn begin<'a>(message: &'a Message, bytes: &'a [u8]) -> Result<Reader<'a>> {
    if message.body().signature().to_string_no_parens() != "sa{sv}as" {
        return Err(malformed(&"a change of properties of another type"));
    }
    Ok(Reader::of(message, bytes))
}

impl Reader<'_> {
    /// Goes through the pairs of names and values.
    fn each_changed(&mut self, mut take: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        let end = self.array(8)?;
        while self.goes_on(end)? {
            self.align(8)?;
            take(self)?;
        }
        self.ends_at(end)
    }
}
