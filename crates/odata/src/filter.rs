//! Expressions of `$filter`: read with their types, then judged row by row. A comparison with null is as OData has it: only `eq`
//! and `ne` know null, all others are false then.

use std::cmp::Ordering;

use crate::lexer::{Placed, Token};
use crate::model::{Kind, Model, Reach, Shape};
use crate::problem::Problem;
use crate::value::{DAY_MS, Value, civil};

/// Nodes of all expressions of one question: more than any tool writes by itself.
pub const NODES_MAX: usize = 500;
/// How deep an expression may be nested; it is read by recursion.
const DEPTH_MAX: usize = 40;
/// Entities behind entities: from a session to its service, from there to its unit, from there to the one above.
const WAYS_MAX: usize = 3;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A value.
    Literal(Value),
    /// What stands in this column.
    Column(usize),
    /// All of two.
    And(Box<Expr>, Box<Expr>),
    /// One of two.
    Or(Box<Expr>, Box<Expr>),
    /// The opposite.
    Not(Box<Expr>),
    /// Two values compared.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// One of these.
    In(Box<Expr>, Vec<Value>),
    /// Two numbers.
    Sum(Arithmetic, Box<Expr>, Box<Expr>),
    /// What a function makes of values.
    Call(Function, Vec<Expr>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of OData")]
pub enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// What is done with two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of OData")]
pub enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
}

macro_rules! functions {
    ($($name:ident, $text:literal, [$($takes:ident),*], $gives:ident;)+) => {
        /// A function.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the names are those of OData")]
        pub enum Function { $($name),+ }

        impl Function {
            fn of(name: &str) -> Option<Function> {
                match name { $($text => Some(Function::$name),)+ _ => None }
            }

            fn takes(self) -> &'static [Kind] {
                match self { $(Function::$name => &[$(Kind::$takes),*]),+ }
            }

            fn gives(self) -> Kind {
                match self { $(Function::$name => Kind::$gives),+ }
            }
        }
    };
}

functions! {
    Contains, "contains", [Text, Text], Bool;
    StartsWith, "startswith", [Text, Text], Bool;
    EndsWith, "endswith", [Text, Text], Bool;
    Length, "length", [Text], Int;
    IndexOf, "indexof", [Text, Text], Int;
    Substring, "substring", [Text, Int, Int], Text;
    ToLower, "tolower", [Text], Text;
    ToUpper, "toupper", [Text], Text;
    Trim, "trim", [Text], Text;
    Concat, "concat", [Text, Text], Text;
    Year, "year", [Time], Int;
    Month, "month", [Time], Int;
    Day, "day", [Time], Int;
    Hour, "hour", [Time], Int;
    Minute, "minute", [Time], Int;
    Second, "second", [Time], Int;
    Date, "date", [Time], Date;
    Round, "round", [Number], Number;
    Floor, "floor", [Number], Number;
    Ceiling, "ceiling", [Number], Number;
}

/// The longest text that a function makes: `concat` in `concat` doubles it each time.
const TEXT_MAX: usize = 4_096;

impl Expr {
    /// What it comes to for this row.
    pub fn value(&self, row: &[Value]) -> Value {
        match self {
            Expr::Literal(value) => value.clone(),
            Expr::Column(place) => row.get(*place).cloned().unwrap_or(Value::Null),
            Expr::And(a, b) => match (a.holds(row), || b.holds(row)) {
                (Some(false), _) => Value::Bool(false),
                (Some(true), b) => truth(b()),
                (None, b) => truth(b().filter(|b| !b)),
            },
            Expr::Or(a, b) => match (a.holds(row), || b.holds(row)) {
                (Some(true), _) => Value::Bool(true),
                (Some(false), b) => truth(b()),
                (None, b) => truth(b().filter(|b| *b)),
            },
            Expr::Not(inner) => truth(inner.holds(row).map(|holds| !holds)),
            Expr::Compare(how, a, b) => Value::Bool(compare(*how, &a.value(row), &b.value(row))),
            Expr::In(of, those) => {
                let value = of.value(row);
                Value::Bool(those.iter().any(|one| compare(Comparison::Eq, &value, one)))
            }
            Expr::Sum(how, a, b) => sum(*how, &a.value(row), &b.value(row)),
            Expr::Call(function, of) => {
                let values: Vec<Value> = of.iter().map(|one| one.value(row)).collect();
                call(*function, &values)
            }
        }
    }

    /// Whether it holds for this row; `None`: it is null.
    fn holds(&self, row: &[Value]) -> Option<bool> {
        match self.value(row) {
            Value::Bool(yes) => Some(yes),
            Value::Null
            | Value::Int(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Date(_) => None,
        }
    }

    /// Whether it keeps this row.
    pub fn keeps(&self, row: &[Value]) -> bool {
        self.holds(row) == Some(true)
    }
}

fn truth(holds: Option<bool>) -> Value {
    holds.map_or(Value::Null, Value::Bool)
}

fn compare(how: Comparison, a: &Value, b: &Value) -> bool {
    let both_null = *a == Value::Null && *b == Value::Null;
    let order = a.compare(b);
    match how {
        Comparison::Eq => both_null || order == Some(Ordering::Equal),
        Comparison::Ne => !both_null && order != Some(Ordering::Equal),
        Comparison::Lt => order == Some(Ordering::Less),
        Comparison::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Gt => order == Some(Ordering::Greater),
        Comparison::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

fn sum(how: Arithmetic, a: &Value, b: &Value) -> Value {
    if let (Value::Int(a), Value::Int(b)) = (a, b) {
        let whole = match how {
            Arithmetic::Add => a.checked_add(*b),
            Arithmetic::Sub => a.checked_sub(*b),
            Arithmetic::Mul => a.checked_mul(*b),
            Arithmetic::Div => a.checked_div(*b),
            Arithmetic::Mod => a.checked_rem(*b),
        };
        return Value::or_null(whole);
    }
    let (Some(a), Some(b)) = (a.number(), b.number()) else { return Value::Null };
    Value::Number(match how {
        Arithmetic::Add => a + b,
        Arithmetic::Sub => a - b,
        Arithmetic::Mul => a * b,
        Arithmetic::Div => a / b,
        Arithmetic::Mod => a % b,
    })
}

fn call(function: Function, values: &[Value]) -> Value {
    let text = |place: usize| match values.get(place) {
        Some(Value::Text(text)) => Some(text.as_ref()),
        _ => None,
    };
    let whole = |place: usize| match values.get(place) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    let number = || values.first().and_then(Value::number);
    let clock = |part: fn(jiff::civil::DateTime) -> i64| match values.first() {
        Some(Value::Time(ms)) => Value::or_null(civil(*ms).map(part)),
        Some(Value::Date(days)) => Value::or_null(civil(i64::from(*days) * DAY_MS).map(part)),
        _ => Value::Null,
    };
    let two = |judge: fn(&str, &str) -> bool| match (text(0), text(1)) {
        (Some(a), Some(b)) => Value::Bool(judge(a, b)),
        _ => Value::Null,
    };
    let made = |made: Option<String>| Value::or_null(made.filter(|text| text.len() <= TEXT_MAX));
    match function {
        Function::Contains => two(|a, b| a.contains(b)),
        Function::StartsWith => two(|a, b| a.starts_with(b)),
        Function::EndsWith => two(|a, b| a.ends_with(b)),
        Function::Length => Value::or_null(text(0).map(|text| text.chars().count() as i64)),
        Function::IndexOf => match (text(0), text(1)) {
            (Some(a), Some(b)) => Value::Int(a.find(b).map_or(-1, |at| a[..at].chars().count() as i64)),
            _ => Value::Null,
        },
        Function::Substring => {
            let from = whole(1).and_then(|from| usize::try_from(from).ok());
            let length = match values.get(2) {
                Some(_) => whole(2).and_then(|length| usize::try_from(length).ok()),
                None => Some(usize::MAX),
            };
            match (text(0), from, length) {
                (Some(text), Some(from), Some(length)) => {
                    made(Some(text.chars().skip(from).take(length).collect()))
                }
                _ => Value::Null,
            }
        }
        Function::ToLower => made(text(0).map(str::to_lowercase)),
        Function::ToUpper => made(text(0).map(str::to_uppercase)),
        Function::Trim => made(text(0).map(|text| text.trim().to_owned())),
        Function::Concat => made(text(0).zip(text(1)).map(|(a, b)| format!("{a}{b}"))),
        Function::Year => clock(|at| i64::from(at.year())),
        Function::Month => clock(|at| i64::from(at.month())),
        Function::Day => clock(|at| i64::from(at.day())),
        Function::Hour => clock(|at| i64::from(at.hour())),
        Function::Minute => clock(|at| i64::from(at.minute())),
        Function::Second => clock(|at| i64::from(at.second())),
        Function::Date => match values.first() {
            Some(Value::Time(ms)) => i32::try_from(ms.div_euclid(DAY_MS)).map_or(Value::Null, Value::Date),
            Some(Value::Date(days)) => Value::Date(*days),
            _ => Value::Null,
        },
        Function::Round => Value::or_null(number().map(f64::round)),
        Function::Floor => Value::or_null(number().map(f64::floor)),
        Function::Ceiling => Value::or_null(number().map(f64::ceil)),
    }
}

/// Between which moments a column must lie: what a store can narrow by before anything is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Not before this moment, in milliseconds.
    pub from: Option<i64>,
    /// Before this moment, in milliseconds.
    pub to: Option<i64>,
}

impl Bounds {
    /// Both of them.
    pub fn and(self, other: Bounds) -> Bounds {
        let later = |a: Option<i64>, b: Option<i64>| a.into_iter().chain(b).max();
        let sooner = |a: Option<i64>, b: Option<i64>| a.into_iter().chain(b).min();
        Bounds { from: later(self.from, other.from), to: sooner(self.to, other.to) }
    }
}

/// What must hold for this column wherever the expression holds. Never narrower than the expression.
pub fn time_bounds(expr: &Expr, column: usize) -> Bounds {
    match expr {
        Expr::And(a, b) => time_bounds(a, column).and(time_bounds(b, column)),
        Expr::Compare(how, a, b) => match (a.as_ref(), b.as_ref()) {
            (Expr::Column(place), Expr::Literal(Value::Time(ms))) if *place == column => bounds(*how, *ms),
            (Expr::Literal(Value::Time(ms)), Expr::Column(place)) if *place == column => {
                bounds(turned(*how), *ms)
            }
            _ => Bounds::default(),
        },
        _ => Bounds::default(),
    }
}

fn turned(how: Comparison) -> Comparison {
    match how {
        Comparison::Eq => Comparison::Eq,
        Comparison::Ne => Comparison::Ne,
        Comparison::Lt => Comparison::Gt,
        Comparison::Le => Comparison::Ge,
        Comparison::Gt => Comparison::Lt,
        Comparison::Ge => Comparison::Le,
    }
}

fn bounds(how: Comparison, ms: i64) -> Bounds {
    let after = Some(ms.saturating_add(1));
    match how {
        Comparison::Eq => Bounds { from: Some(ms), to: after },
        Comparison::Ne => Bounds::default(),
        Comparison::Lt => Bounds { from: None, to: Some(ms) },
        Comparison::Le => Bounds { from: None, to: after },
        Comparison::Gt => Bounds { from: after, to: None },
        Comparison::Ge => Bounds { from: Some(ms), to: None },
    }
}

/// Reads tokens one after the other.
pub(crate) struct Parser<'a> {
    tokens: &'a [Placed],
    next: usize,
    reading: &'a mut Reading,
}

/// What all expressions of one question have in common.
pub(crate) struct Reading {
    pub(crate) model: Model,
    pub(crate) now_ms: i64,
    nodes: usize,
    /// What they reach of other entities.
    pub(crate) reaches: Vec<Reach>,
}

impl Reading {
    pub(crate) fn new(model: &Model, now_ms: i64) -> Reading {
        Reading { model: *model, now_ms, nodes: 0, reaches: Vec::new() }
    }
}

impl<'a> Parser<'a> {
    pub(crate) fn new(tokens: &'a [Placed], reading: &'a mut Reading) -> Parser<'a> {
        Parser { tokens, next: 0, reading }
    }

    pub(crate) fn peek(&self) -> &'a Placed {
        // There is always an end, and it is never passed.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    pub(crate) fn take(&mut self) -> &'a Placed {
        let placed = self.peek();
        self.next += 1;
        placed
    }

    pub(crate) fn is_end(&self) -> bool {
        self.peek().token == Token::End
    }

    pub(crate) fn takes(&mut self, sign: char) -> bool {
        let is_it = self.peek().token == Token::Sign(sign);
        if is_it {
            self.next += 1;
        }
        is_it
    }

    pub(crate) fn expect(&mut self, sign: char) -> Result<(), Problem> {
        match self.takes(sign) {
            true => Ok(()),
            false => Err(self.unexpected(&format!("'{sign}'"))),
        }
    }

    pub(crate) fn takes_word(&mut self, word: &str) -> bool {
        let is_it = matches!(&self.peek().token, Token::Name(name) if name == word);
        if is_it {
            self.next += 1;
        }
        is_it
    }

    pub(crate) fn name(&mut self) -> Result<(String, usize), Problem> {
        let placed = self.peek();
        match &placed.token {
            Token::Name(name) => {
                self.next += 1;
                Ok((name.clone(), placed.at))
            }
            Token::Literal(_) | Token::Sign(_) | Token::End => Err(self.unexpected("a name")),
        }
    }

    /// A property: its column, and what is in it. One of another entity has a column behind those of the shape.
    pub(crate) fn property(&mut self, shape: &Shape) -> Result<(usize, Kind), Problem> {
        let (mut name, mut at) = self.name()?;
        if !self.takes('/') {
            let place = shape.place(&name).map_err(|problem| problem.at(at))?;
            return Ok((place, shape.columns[place].kind));
        }
        let grouped = || Problem::not_supported("what was grouped leads nowhere").at(at);
        let mut entity = shape.entity.ok_or_else(grouped)?;
        let mut ways = Vec::new();
        loop {
            let way = entity.way(&name).ok_or_else(|| entity.leads_not(&name).at(at))?;
            if way.many {
                let words = format!("'{name}' leads to many, and 'any' and 'all' are not supported");
                return Err(Problem::not_supported(words).at(at));
            }
            ways.push(way);
            if ways.len() > WAYS_MAX {
                return Err(Problem::too_much(format!("at most {WAYS_MAX} ways lead on")).at(at));
            }
            entity = self.reading.model.set(way.set).ok_or_else(|| entity.leads_not(&name).at(at))?;
            (name, at) = self.name()?;
            if !self.takes('/') {
                break;
            }
        }
        let place = entity.shape().place(&name).map_err(|problem| problem.at(at))?;
        let reach = Reach { ways, place };
        let reaches = &mut self.reading.reaches;
        let nth = reaches.iter().position(|one| *one == reach).unwrap_or_else(|| {
            reaches.push(reach);
            reaches.len() - 1
        });
        Ok((shape.columns.len() + nth, entity.properties[place].kind))
    }

    pub(crate) fn unexpected(&self, wanted: &str) -> Problem {
        let found = match &self.peek().token {
            Token::Name(name) => format!("'{name}'"),
            Token::Literal(_) => "a value".to_owned(),
            Token::Sign(sign) => format!("'{sign}'"),
            Token::End => "the end".to_owned(),
        };
        Problem::malformed(format!("{wanted} is expected here, not {found}")).at(self.peek().at)
    }

    pub(crate) fn done(&self) -> Result<(), Problem> {
        match self.is_end() {
            true => Ok(()),
            false => Err(self.unexpected("the end, or 'and' or 'or',")),
        }
    }

    /// A node more, as long as there are not too many.
    fn node(&mut self, expr: Expr) -> Result<Expr, Problem> {
        self.reading.nodes += 1;
        match self.reading.nodes <= NODES_MAX {
            true => Ok(expr),
            false => Err(Problem::too_much(format!(
                "the expression has more than {NODES_MAX} parts; ask for less at once"
            ))
            .at(self.peek().at)),
        }
    }

    /// An expression that is true or false.
    pub(crate) fn condition(&mut self, shape: &Shape) -> Result<Expr, Problem> {
        let at = self.peek().at;
        let (expr, kind) = self.or(shape, 0)?;
        self.is_bool(kind, at)?;
        Ok(expr)
    }

    fn is_bool(&self, kind: Option<Kind>, at: usize) -> Result<(), Problem> {
        match kind {
            None | Some(Kind::Bool) => Ok(()),
            Some(other) => {
                Err(Problem::malformed(format!("a condition is expected here, not {}", other.edm())).at(at))
            }
        }
    }

    fn or(&mut self, shape: &Shape, depth: usize) -> Result<(Expr, Option<Kind>), Problem> {
        if depth > DEPTH_MAX {
            return Err(Problem::too_much(format!("the expression is nested deeper than {DEPTH_MAX} times"))
                .at(self.peek().at));
        }
        let at = self.peek().at;
        let (mut left, mut kind) = self.and(shape, depth)?;
        while self.takes_word("or") {
            let right_at = self.peek().at;
            let (right, right_kind) = self.and(shape, depth)?;
            self.is_bool(kind, at)?;
            self.is_bool(right_kind, right_at)?;
            left = self.node(Expr::Or(Box::new(left), Box::new(right)))?;
            kind = Some(Kind::Bool);
        }
        Ok((left, kind))
    }

    fn and(&mut self, shape: &Shape, depth: usize) -> Result<(Expr, Option<Kind>), Problem> {
        let at = self.peek().at;
        let (mut left, mut kind) = self.comparison(shape, depth)?;
        while self.takes_word("and") {
            let right_at = self.peek().at;
            let (right, right_kind) = self.comparison(shape, depth)?;
            self.is_bool(kind, at)?;
            self.is_bool(right_kind, right_at)?;
            left = self.node(Expr::And(Box::new(left), Box::new(right)))?;
            kind = Some(Kind::Bool);
        }
        Ok((left, kind))
    }

    fn comparison(&mut self, shape: &Shape, depth: usize) -> Result<(Expr, Option<Kind>), Problem> {
        let (left, kind) = self.sum(shape, depth)?;
        let at = self.peek().at;
        if self.takes_word("in") {
            return self.in_list(left, kind);
        }
        let Token::Name(word) = &self.peek().token else { return Ok((left, kind)) };
        let how = match word.as_str() {
            "eq" => Comparison::Eq,
            "ne" => Comparison::Ne,
            "lt" => Comparison::Lt,
            "le" => Comparison::Le,
            "gt" => Comparison::Gt,
            "ge" => Comparison::Ge,
            "has" => {
                return Err(Problem::not_supported("'has' is not supported; there are no flags here").at(at));
            }
            _ => return Ok((left, kind)),
        };
        self.next += 1;
        let (right, right_kind) = self.sum(shape, depth)?;
        fits(kind, right_kind, at)?;
        Ok((self.node(Expr::Compare(how, Box::new(left), Box::new(right)))?, Some(Kind::Bool)))
    }

    fn in_list(&mut self, left: Expr, kind: Option<Kind>) -> Result<(Expr, Option<Kind>), Problem> {
        self.expect('(')?;
        let mut those = Vec::new();
        loop {
            let placed = self.take();
            let Token::Literal(value) = &placed.token else {
                return Err(Problem::malformed("a list holds values only").at(placed.at));
            };
            fits(kind, value.kind(), placed.at)?;
            self.node(Expr::Literal(Value::Null))?;
            those.push(value.clone());
            if !self.takes(',') {
                break;
            }
        }
        self.expect(')')?;
        Ok((self.node(Expr::In(Box::new(left), those))?, Some(Kind::Bool)))
    }

    fn sum(&mut self, shape: &Shape, depth: usize) -> Result<(Expr, Option<Kind>), Problem> {
        let (mut left, mut kind) = self.product(shape, depth)?;
        loop {
            let at = self.peek().at;
            let how = match &self.peek().token {
                Token::Name(word) if word == "add" => Arithmetic::Add,
                Token::Name(word) if word == "sub" => Arithmetic::Sub,
                _ => return Ok((left, kind)),
            };
            self.next += 1;
            let (right, right_kind) = self.product(shape, depth)?;
            kind = numbers(kind, right_kind, at)?;
            left = self.node(Expr::Sum(how, Box::new(left), Box::new(right)))?;
        }
    }

    fn product(&mut self, shape: &Shape, depth: usize) -> Result<(Expr, Option<Kind>), Problem> {
        let (mut left, mut kind) = self.unary(shape, depth)?;
        loop {
            let at = self.peek().at;
            let how = match &self.peek().token {
                Token::Name(word) if word == "mul" => Arithmetic::Mul,
                Token::Name(word) if word == "div" => Arithmetic::Div,
                Token::Name(word) if word == "mod" => Arithmetic::Mod,
                _ => return Ok((left, kind)),
            };
            self.next += 1;
            let (right, right_kind) = self.unary(shape, depth)?;
            kind = numbers(kind, right_kind, at)?;
            left = self.node(Expr::Sum(how, Box::new(left), Box::new(right)))?;
        }
    }

    fn unary(&mut self, shape: &Shape, depth: usize) -> Result<(Expr, Option<Kind>), Problem> {
        if depth > DEPTH_MAX {
            return Err(Problem::too_much(format!("the expression is nested deeper than {DEPTH_MAX} times"))
                .at(self.peek().at));
        }
        if self.takes_word("not") {
            let at = self.peek().at;
            let (inner, kind) = self.unary(shape, depth + 1)?;
            self.is_bool(kind, at)?;
            return Ok((self.node(Expr::Not(Box::new(inner)))?, Some(Kind::Bool)));
        }
        let at = self.peek().at;
        if self.takes('-') {
            let (inner, kind) = self.unary(shape, depth + 1)?;
            let kind = numbers(kind, Some(Kind::Int), at)?;
            let zero = Box::new(Expr::Literal(Value::Int(0)));
            return Ok((self.node(Expr::Sum(Arithmetic::Sub, zero, Box::new(inner)))?, kind));
        }
        if self.takes('(') {
            let inner = self.or(shape, depth + 1)?;
            self.expect(')')?;
            return Ok(inner);
        }
        self.primary(shape, depth)
    }

    fn primary(&mut self, shape: &Shape, depth: usize) -> Result<(Expr, Option<Kind>), Problem> {
        let placed = self.peek();
        match &placed.token {
            Token::Literal(value) => {
                self.next += 1;
                Ok((self.node(Expr::Literal(value.clone()))?, value.kind()))
            }
            Token::Name(name) => {
                if self.tokens.get(self.next + 1).is_some_and(|next| next.token == Token::Sign('(')) {
                    self.next += 1;
                    return self.function(name, placed.at, shape, depth);
                }
                let (column, kind) = self.property(shape)?;
                Ok((self.node(Expr::Column(column))?, Some(kind)))
            }
            Token::Sign(_) | Token::End => Err(self.unexpected("a property or a value")),
        }
    }

    fn function(
        &mut self,
        name: &str,
        at: usize,
        shape: &Shape,
        depth: usize,
    ) -> Result<(Expr, Option<Kind>), Problem> {
        self.expect('(')?;
        if name == "now" {
            self.expect(')')?;
            return Ok((self.node(Expr::Literal(Value::Time(self.reading.now_ms)))?, Some(Kind::Time)));
        }
        let Some(function) = Function::of(name) else {
            return Err(Problem::not_supported(format!("there is no function '{name}' here")).at(at));
        };
        let mut of = Vec::new();
        loop {
            let place = self.peek().at;
            let (expr, kind) = self.or(shape, depth + 1)?;
            let takes = function.takes().get(of.len());
            let Some(takes) = takes else {
                let most = function.takes().len();
                return Err(Problem::malformed(format!("'{name}' takes {most} values, not more")).at(place));
            };
            let is_it = match (kind, takes) {
                (None, _) => true,
                (Some(Kind::Date), Kind::Time) => true,
                (Some(kind), takes) => kind == *takes || (*takes == Kind::Number && kind.is_number()),
            };
            if !is_it {
                let is = kind.map_or("null", Kind::edm);
                return Err(
                    Problem::malformed(format!("'{name}' takes {} here, not {is}", takes.edm())).at(place)
                );
            }
            of.push(expr);
            if !self.takes(',') {
                break;
            }
        }
        self.expect(')')?;
        let least = function.takes().len() - usize::from(function == Function::Substring);
        if of.len() < least {
            return Err(Problem::malformed(format!("'{name}' takes {least} values, not {}", of.len())).at(at));
        }
        Ok((self.node(Expr::Call(function, of))?, Some(function.gives())))
    }
}

fn fits(a: Option<Kind>, b: Option<Kind>, at: usize) -> Result<(), Problem> {
    match (a, b) {
        (Some(a), Some(b)) if !a.compares(b) => {
            let (a, b) = (a.edm(), b.edm());
            Err(Problem::malformed(format!("{a} cannot be compared with {b}")).at(at))
        }
        _ => Ok(()),
    }
}

fn numbers(a: Option<Kind>, b: Option<Kind>, at: usize) -> Result<Option<Kind>, Problem> {
    for kind in [a, b].into_iter().flatten() {
        if !kind.is_number() {
            return Err(Problem::malformed(format!("numbers are expected here, not {}", kind.edm())).at(at));
        }
    }
    let is_int = a == Some(Kind::Int) && b == Some(Kind::Int);
    Ok(Some(if is_int { Kind::Int } else { Kind::Number }))
}
