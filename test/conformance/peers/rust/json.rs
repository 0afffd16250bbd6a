//! As much JSON as one line of orders needs.

/// A value; numbers and words are kept as they stand.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Word(String),
    Number(String),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one value; none if the text is not JSON.
    pub fn parse(text: &str) -> Option<Json> {
        let mut reader = Reader { bytes: text.as_bytes(), at: 0, level: 0 };
        let value = reader.value()?;
        reader.space();
        (reader.at == reader.bytes.len()).then_some(value)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(entries) => {
                entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The elements of an array; none if it is something else.
    pub fn elements(&self) -> &[Json] {
        match self {
            Json::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The text of a string, number or word; empty if it is something else.
    pub fn text(&self) -> &str {
        match self {
            Json::Word(text) | Json::Number(text) | Json::String(text) => text,
            _ => "",
        }
    }

    /// The text of a key's value; empty if there is none.
    pub fn text_of(&self, key: &str) -> &str {
        self.get(key).map_or("", Json::text)
    }

    /// The number of a key's value, written as a number or a string.
    pub fn number_of(&self, key: &str) -> Option<usize> {
        self.text_of(key).parse().ok()
    }
}

/// Orders nest three deep. Deeper text is not read, so that none can use up the stack.
const MOST_LEVELS: usize = 16;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    level: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn take(&mut self, expected: u8) -> bool {
        self.space();
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Option<Json> {
        if self.take(b'"') {
            return self.string().map(Json::String);
        }
        if self.take(b'[') {
            return self.list(b']', Self::value).map(Json::Array);
        }
        if self.take(b'{') {
            return self.list(b'}', Self::entry).map(Json::Object);
        }
        let start = self.at;
        let in_word = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        while self.peek().is_some_and(in_word) {
            self.at += 1;
        }
        let text = String::from_utf8(self.bytes[start..self.at].to_vec()).ok()?;
        match text.chars().next()? {
            first if first.is_alphabetic() => Some(Json::Word(text)),
            _ => Some(Json::Number(text)),
        }
    }

    fn list<T>(&mut self, end: u8, item: fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        if self.take(end) {
            return Some(items);
        }
        self.level += 1;
        if self.level > MOST_LEVELS {
            return None;
        }
        loop {
            items.push(item(self)?);
            if !self.take(b',') {
                self.level -= 1;
                return self.take(end).then_some(items);
            }
        }
    }

    fn entry(&mut self) -> Option<(String, Json)> {
        let key = if self.take(b'"') { self.string()? } else { return None };
        if !self.take(b':') {
            return None;
        }
        Some((key, self.value()?))
    }

    /// A string behind its opening quote. Names and numbers need no escapes: `\n`, `\u0041` and the
    /// like are not read.
    fn string(&mut self) -> Option<String> {
        let mut text = Vec::new();
        loop {
            let mut byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' => return String::from_utf8(text).ok(),
                b'\\' => {
                    byte = self.peek().filter(|next| b"\"\\/".contains(next))?;
                    self.at += 1;
                }
                _ => {}
            }
            text.push(byte);
        }
    }
}
