//! The words that texts are made of, the frequent ones first.

use super::rng::Rng;

/// Words of identifiers.
const CODE: &str = "value name type data index len result state self node item id error list \
    size path file line text start end next parent child map set get new count offset buffer \
    input output source target config option args param field entry context handler request \
    response event message stream reader writer block chunk frame header body code kind mode flag \
    level status info record table row column cell query cursor batch task job queue stack heap \
    pool cache store storage disk page region range span slice array vec string char byte word bit \
    mask shift hash digest seed random time date clock duration timeout delay retry limit min max \
    sum total average ratio scale weight score rank order sort filter group match pattern regex \
    parse format encode decode read write open close flush seek load save init build make create \
    update delete remove insert append push pop peek find search replace split join merge diff \
    compare equal less greater copy clone move swap reset clear free alloc lock unlock wait notify \
    signal thread process spawn run exec call invoke apply reduce fold scan walk visit traverse \
    tree graph edge vertex root leaf branch depth height width left right top bottom front back \
    first last prev current old tmp temp local global static const mut ref ptr addr base raw inner \
    outer left_over prefix suffix label title description version major minor patch build_id arch \
    platform system device driver module package crate library import export symbol scope \
    namespace class struct enum trait interface object instance method function closure macro \
    argument return yield async await future promise callback listener observer emitter channel \
    socket server client host port address url uri route router controller service provider \
    factory builder adapter proxy wrapper decorator visitor iterator generator producer consumer \
    publisher subscriber topic partition segment shard replica leader follower cluster region_id \
    zone rack container image volume mount network subnet gateway policy role user account group_id \
    member owner profile settings preference locale language theme color font layout grid panel \
    button window dialog menu toolbar widget view model component element attribute property style \
    render paint draw canvas texture shader vertex_buffer camera light scene mesh material \
    animation transition easing velocity acceleration position rotation transform matrix vector \
    scalar tensor gradient loss epoch sample feature embedding layer kernel bias activation dropout \
    optimizer learning rate momentum decay checkpoint snapshot backup restore rollback commit \
    transaction isolation journal log trace metric counter gauge histogram bucket percentile alert \
    monitor probe health ready live shutdown restart upgrade migrate schema constraint foreign \
    primary unique nullable default optional required valid invalid missing unknown pending active \
    inactive enabled disabled visible hidden selected focused expanded collapsed";

/// Words that a scanner looks out for, with their frequency in source code, in
/// occurrences per million words: set so that a kilobyte of the code made here
/// holds as many as one of Rust, Python and C does.
const WATCHED: &[(&str, usize)] = &[
    ("key", 6500),
    ("token", 5000),
    ("api", 2800),
    ("auth", 1000),
    ("pass", 1300),
    ("private", 500),
    ("access", 600),
    ("secret", 140),
    ("session", 500),
    ("sign", 500),
    ("password", 110),
    ("credential", 160),
    ("cert", 220),
    ("bearer", 50),
    ("salt", 60),
    ("cookie", 120),
];

/// Words of prose.
const PROSE: &str = "the to and a of is in it that this for you on with be as are not can I have \
    if but from or we so what was an at which your there when will by all do should would like one \
    then they more use how need just also has does some into only now see here want get time out \
    make after first two same way any because know each other than it's where work new could them \
    before run file code error test line change add think data check look server using set try \
    function problem output value currently instead still call without request fix return case \
    though right back found since start step list may end between write read please build version \
    both something second again find query let's update being user able response actually through \
    result works while possible running sure point good already issue message following command \
    table most show really every over question might explain once below yes cannot probably type \
    current last exactly wrong database service install method available seems part handle create \
    given under difference local process default simple around config log whole better enough \
    missing specific reason rather used option match size number correct configuration thanks \
    example context above remove expected directory review deploy branch production behaviour \
    dependency migration timeout memory performance parallel connection background worker customer \
    invoice report meeting schedule draft paragraph sentence translate summary customer-facing \
    quarterly budget analysis chart spreadsheet column average growth revenue recipe garden \
    holiday flight weather restaurant kitchen furniture bicycle mountain history science language";

/// Word lists, split once.
#[derive(Clone, Debug)]
pub struct Words {
    code: Vec<&'static str>,
    prose: Vec<&'static str>,
}

impl Words {
    pub fn new() -> Self {
        Self {
            code: CODE.split_whitespace().collect(),
            prose: PROSE.split_whitespace().collect(),
        }
    }

    /// A word of an identifier.
    pub fn code(&self, rng: &mut Rng) -> &'static str {
        let mut at = rng.below(1_000_000);
        for &(word, frequency) in WATCHED {
            if at < frequency {
                return word;
            }
            at -= frequency;
        }
        rng.pick_early(&self.code)
    }

    /// A word of prose.
    pub fn prose(&self, rng: &mut Rng) -> &'static str {
        if rng.chance(6) {
            return WATCHED[rng.below(WATCHED.len())].0;
        }
        rng.pick_early(&self.prose)
    }

    /// A sentence with its full stop, without a line break.
    pub fn sentence(&self, rng: &mut Rng, out: &mut String) {
        let len = rng.between(5, 18);
        for at in 0..len {
            if at > 0 {
                out.push_str(if rng.chance(60) { ", " } else { " " });
            }
            let word = self.prose(rng);
            if at == 0 {
                capitalized(word, out);
            } else if rng.chance(8) {
                out.push_str(rng.pick(&[
                    "café",
                    "naïve",
                    "—",
                    "“quoted”",
                    "数据",
                    "schön",
                    "✅",
                    "…",
                ]));
            } else {
                out.push_str(word);
            }
        }
        out.push(if rng.chance(120) { '?' } else { '.' });
    }

    /// `words` words of an identifier in one style.
    pub fn identifier(&self, rng: &mut Rng, words: usize, style: Style, out: &mut String) {
        for at in 0..words {
            let word = self.code(rng);
            match style {
                Style::Camel if at == 0 => out.push_str(word),
                Style::Camel | Style::Pascal => capitalized(word, out),
                Style::Kebab | Style::Snake => {
                    if at > 0 {
                        out.push(if style == Style::Kebab { '-' } else { '_' });
                    }
                    out.push_str(word);
                }
                Style::Screaming => {
                    if at > 0 {
                        out.push('_');
                    }
                    out.extend(word.chars().map(|char| char.to_ascii_uppercase()));
                }
            }
        }
    }
}

/// How the words of an identifier are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Camel,
    Kebab,
    Pascal,
    Screaming,
    Snake,
}

fn capitalized(word: &str, out: &mut String) {
    let mut chars = word.chars();
    out.extend(chars.next().map(|first| first.to_ascii_uppercase()));
    out.push_str(chars.as_str());
}
