//! Journal files as journald writes them, small: every list in several arrays, every chain of a hash in one of few.

use std::collections::{BTreeMap, HashMap};

use crate::journal::hash::{jenkins, siphash};

/// Places of the hash tables: few, so that chains are long.
const PLACES: u64 = 3;
/// Items of the first array of a list; each next one has twice as many.
const FIRST_ITEMS: usize = 2;
const HEADER: usize = 272;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) compact: bool,
    pub(super) keyed: bool,
}

pub(super) const FORMS: [Form; 3] = [
    Form { compact: true, keyed: true },
    Form { compact: false, keyed: true },
    Form { compact: false, keyed: false },
];

/// An entry that is to be written.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) seqnum: u64,
    pub(super) realtime: u64,
    pub(super) monotonic: u64,
    pub(super) boot: u8,
    pub(super) fields: Vec<Vec<u8>>,
}

/// A file with these entries, whose numbers are those of this source.
pub(super) fn written(form: Form, source: u8, lines: &[Line]) -> Vec<u8> {
    let mut file = Written { form, bytes: vec![0; HEADER], data: BTreeMap::new(), fields: HashMap::new() };
    file.begin(source);
    let mut all = Vec::new();
    for line in lines {
        let mut places: Vec<u64> = line.fields.iter().map(|field| file.data(field)).collect();
        places.sort_unstable();
        let entry = file.entry(line, &places);
        all.push(entry);
        for place in places {
            file.data
                .values_mut()
                .filter(|(at, _)| *at == place)
                .for_each(|(_, entries)| entries.push(entry));
        }
    }
    file.finish(&all);
    file.put(160, lines.iter().map(|line| line.seqnum).max().unwrap_or(0));
    file.bytes
}

struct Written {
    form: Form,
    bytes: Vec<u8>,
    /// Each with its place and its entries.
    data: BTreeMap<Vec<u8>, (u64, Vec<u64>)>,
    fields: HashMap<Vec<u8>, u64>,
}

impl Written {
    fn begin(&mut self, source: u8) {
        self.bytes[..8].copy_from_slice(b"LPKSHHRH");
        self.bytes[12] = u8::from(self.form.keyed) << 2 | u8::from(self.form.compact) << 4;
        self.bytes[24..40].fill(0xf1);
        self.bytes[72..88].fill(source);
        self.put(88, HEADER as u64);
        for (kind, at) in [(4, 104), (5, 120)] {
            let size = PLACES * 16;
            let table = self.object(kind, &vec![0; usize::try_from(size).unwrap()]);
            self.put(at, table + 16);
            self.put(at + 8, size);
        }
    }

    fn put(&mut self, at: u64, number: u64) {
        let at = usize::try_from(at).unwrap();
        self.bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
    }

    fn got(&self, at: u64) -> u64 {
        let at = usize::try_from(at).unwrap();
        u64::from_le_bytes(self.bytes[at..at + 8].try_into().unwrap())
    }

    fn object(&mut self, kind: u8, body: &[u8]) -> u64 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let place = self.bytes.len() as u64;
        let size = 16 + body.len() as u64;
        self.bytes.extend([[kind, 0, 0, 0, 0, 0, 0, 0], size.to_le_bytes()].concat());
        self.bytes.extend(body);
        place
    }

    fn hash(&self, data: &[u8]) -> u64 {
        if self.form.keyed { siphash([0xf1; 16], data) } else { jenkins(data) }
    }

    /// Puts an object at the end of its chain.
    fn chain(&mut self, table: u64, hash: u64, place: u64) {
        let item = self.got(table) + hash % PLACES * 16;
        match self.got(item + 8) {
            0 => self.put(item, place),
            last => self.put(last + 24, place),
        }
        self.put(item + 8, place);
    }

    fn data(&mut self, data: &[u8]) -> u64 {
        if let Some((place, _)) = self.data.get(data) {
            return *place;
        }
        let hash = self.hash(data);
        let numbers = if self.form.compact { 48 } else { 40 };
        let place = self.object(1, &[&hash.to_le_bytes()[..], &vec![0; numbers], data].concat());
        self.chain(104, hash, place);
        let name = data.split(|byte| *byte == b'=').next().unwrap().to_vec();
        let field = self.field(&name);
        self.put(place + 32, self.got(field + 32));
        self.put(field + 32, place);
        self.data.insert(data.to_vec(), (place, Vec::new()));
        place
    }

    fn field(&mut self, name: &[u8]) -> u64 {
        if let Some(place) = self.fields.get(name) {
            return *place;
        }
        let hash = self.hash(name);
        let place = self.object(2, &[&hash.to_le_bytes()[..], &[0; 16], name].concat());
        self.chain(120, hash, place);
        self.fields.insert(name.to_vec(), place);
        place
    }

    fn item(&self, place: u64) -> Vec<u8> {
        let bytes = place.to_le_bytes();
        if self.form.compact { bytes[..4].to_vec() } else { bytes.to_vec() }
    }

    fn entry(&mut self, line: &Line, places: &[u64]) -> u64 {
        let mut body = [line.seqnum, line.realtime, line.monotonic].map(u64::to_le_bytes).concat();
        body.extend([line.boot; 16]);
        body.extend(7_u64.to_le_bytes());
        for place in places {
            body.extend(self.item(*place));
            if !self.form.compact {
                body.extend([0; 8]);
            }
        }
        self.object(3, &body)
    }

    fn list(&mut self, mut entries: &[u64]) -> u64 {
        let (mut first, mut last, mut room) = (0, 0, FIRST_ITEMS);
        while !entries.is_empty() {
            let (now, rest) = entries.split_at(room.min(entries.len()));
            let mut body = vec![0; 8];
            // The last array has room for more.
            for at in 0..room {
                body.extend(self.item(now.get(at).copied().unwrap_or(0)));
            }
            let place = self.object(6, &body);
            if last == 0 {
                first = place;
            } else {
                self.put(last + 16, place);
            }
            (entries, last, room) = (rest, place, room * 2);
        }
        first
    }

    fn finish(&mut self, all: &[u64]) {
        for (place, entries) in std::mem::take(&mut self.data).into_values() {
            let array = self.list(&entries[1..]);
            self.put(place + 40, entries[0]);
            self.put(place + 48, array);
            self.put(place + 56, entries.len() as u64);
        }
        let array = self.list(all);
        self.put(176, array);
        self.put(152, all.len() as u64);
    }
}
