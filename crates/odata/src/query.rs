//! The options of a question about one set, read against its shape. What it does not know it refuses; what is not of OData (no
//! `$` before it) it leaves to whoever asks.

use crate::filter::{Expr, Parser, Reading};
use crate::lexer::lex;
use crate::model::{Column, EntityType, Kind, Model, Navigation, Reach, Shape};
use crate::problem::Problem;
use crate::url::UrlOption;

/// Entities behind entities behind entities: two levels.
const EXPAND_DEPTH_MAX: usize = 2;
/// The largest `$skip`: rows that are skipped are read all the same.
const SKIP_MAX: u64 = 10_000_000;
/// Keys and sums of a grouping, and keys of a sort.
const ITEMS_MAX: usize = 64;

/// What time it is for `now()`, in milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Milliseconds since 1970.
    pub now_ms: i64,
}

/// A question about one set.
#[derive(Clone, Debug)]
pub struct Query {
    /// The set.
    pub entity: &'static EntityType,
    /// What must hold before anything is grouped.
    pub before: Option<Expr>,
    /// How rows are put together.
    pub grouping: Option<Grouping>,
    /// What the rows of the answer look like.
    pub shape: Shape,
    /// What must hold for a row of the answer.
    pub filter: Option<Expr>,
    /// In which order; empty: in that of the set.
    pub order: Vec<SortKey>,
    /// Rows left out at the beginning.
    pub skip: u64,
    /// Rows at most.
    pub top: Option<u64>,
    /// Whether to say how many there are.
    pub count: bool,
    /// Columns that are told; `None`: all.
    pub select: Option<Vec<usize>>,
    /// Entities that come along.
    pub expand: Vec<Expand>,
    /// What conditions and orders need of other entities: columns behind those of the set, in rows before they are grouped.
    pub reaches: Vec<Reach>,
    /// Where an earlier page ended.
    pub skip_token: Option<String>,
}

/// Rows that come along with each row.
#[derive(Clone, Debug)]
pub struct Expand {
    /// By which way.
    pub way: &'static Navigation,
    /// Of which set.
    pub entity: &'static EntityType,
    /// Columns that are told; `None`: all.
    pub select: Option<Vec<usize>>,
    /// What comes along with these.
    pub expand: Vec<Expand>,
}

/// Rows that are alike in the keys become one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grouping {
    /// Columns in which they are alike.
    pub keys: Vec<usize>,
    /// What is worked out over them.
    pub aggregates: Vec<Aggregate>,
}

/// A value over many rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// Over which column; `None`: over the rows.
    pub of: Option<usize>,
    /// How.
    pub method: Method,
}

/// How many values become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of OData")]
pub enum Method {
    Sum,
    Min,
    Max,
    Average,
    CountDistinct,
    Count,
}

/// By what rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// Which column.
    pub column: usize,
    /// The greatest first.
    pub descending: bool,
}

/// What was asked beside OData: `name=value` without `$`.
pub type Asked = Vec<UrlOption>;

impl Query {
    /// Reads the options of a question about this set; gives those back that are not of OData. `$format` is read elsewhere.
    pub fn read(
        model: &Model,
        entity: &'static EntityType,
        options: Vec<UrlOption>,
        clock: Clock,
    ) -> Result<(Query, Asked), Problem> {
        let mut query = Query {
            entity,
            before: None,
            grouping: None,
            shape: entity.shape(),
            filter: None,
            order: Vec::new(),
            skip: 0,
            top: None,
            count: false,
            select: None,
            expand: Vec::new(),
            reaches: Vec::new(),
            skip_token: None,
        };
        let (ours, asked): (Vec<UrlOption>, Asked) =
            options.into_iter().partition(|option| option.name.starts_with(['$', '@']));
        let mut reading = Reading::new(model, clock.now_ms);
        // What is grouped decides which columns there are for everything else.
        let (apply, others): (Vec<_>, Vec<_>) = ours.into_iter().partition(|option| option.name == "$apply");
        for UrlOption { name, value } in apply.iter().chain(&others) {
            query.take(name, value, &mut reading).map_err(|problem| problem.of(name))?;
        }
        query.reaches = reading.reaches;
        Ok((query, asked))
    }

    fn take(&mut self, name: &str, value: &str, reading: &mut Reading) -> Result<(), Problem> {
        let model = reading.model;
        match name {
            "$filter" => {
                let tokens = lex(value)?;
                let mut parser = Parser::new(&tokens, reading);
                self.filter = Some(parser.condition(&self.shape)?);
                parser.done()
            }
            "$apply" => self.apply(value, reading),
            "$orderby" => self.order_by(value, reading),
            "$select" => {
                let tokens = lex(value)?;
                let mut parser = Parser::new(&tokens, reading);
                self.select = selected(&mut parser, &self.shape)?;
                parser.done()
            }
            "$expand" => {
                let tokens = lex(value)?;
                let mut parser = Parser::new(&tokens, reading);
                if self.shape.entity.is_none() {
                    return Err(Problem::not_supported("what was grouped leads nowhere; leave $expand out"));
                }
                self.expand = expanded(&mut parser, &model, self.entity, 1)?;
                parser.done()
            }
            "$top" => {
                self.top = Some(whole(value)?);
                Ok(())
            }
            "$skip" => {
                self.skip = whole(value)?;
                match self.skip <= SKIP_MAX {
                    true => Ok(()),
                    false => {
                        Err(Problem::too_much(format!("at most {SKIP_MAX} rows are skipped; use $filter")))
                    }
                }
            }
            "$count" => {
                self.count = match value {
                    "true" => true,
                    "false" => false,
                    _ => return Err(Problem::malformed("it is true or false")),
                };
                Ok(())
            }
            "$skiptoken" => {
                self.skip_token = Some(value.to_owned());
                Ok(())
            }
            "$format" => Ok(()),
            "$search" | "$compute" | "$deltatoken" | "$id" | "$levels" | "$schemaversion" => {
                Err(Problem::not_supported("this option is not supported"))
            }
            _ if name.starts_with('@') => {
                Err(Problem::not_supported("parameters are not supported; write the value"))
            }
            _ => Err(Problem::malformed("there is no such option in OData")),
        }
    }

    fn order_by(&mut self, value: &str, reading: &mut Reading) -> Result<(), Problem> {
        let tokens = lex(value)?;
        let mut parser = Parser::new(&tokens, reading);
        loop {
            let at = parser.peek().at;
            let (column, _) = parser.property(&self.shape)?;
            let descending = parser.takes_word("desc");
            if !descending {
                parser.takes_word("asc");
            }
            self.order.push(SortKey { column, descending });
            if self.order.len() > ITEMS_MAX {
                return Err(Problem::too_much(format!("there are more than {ITEMS_MAX} keys")).at(at));
            }
            if !parser.takes(',') {
                break;
            }
        }
        match parser.is_end() {
            true => Ok(()),
            false => Err(parser.unexpected("a comma, 'asc' or 'desc'")),
        }
    }

    fn apply(&mut self, value: &str, reading: &mut Reading) -> Result<(), Problem> {
        let tokens = lex(value)?;
        let mut parser = Parser::new(&tokens, reading);
        loop {
            let (name, at) = parser.name()?;
            if self.grouping.is_some() {
                return Err(Problem::not_supported(
                    "nothing follows a grouping here; use $filter and $orderby for what comes of it",
                )
                .at(at));
            }
            parser.expect('(')?;
            match name.as_str() {
                "filter" => {
                    let more = parser.condition(&self.shape)?;
                    self.before = Some(match self.before.take() {
                        Some(before) => Expr::And(Box::new(before), Box::new(more)),
                        None => more,
                    });
                }
                "groupby" => self.group_by(&mut parser)?,
                "aggregate" => {
                    let mut columns = Vec::new();
                    let aggregates = aggregates(&mut parser, &self.shape, &mut columns)?;
                    self.grouped(Grouping { keys: Vec::new(), aggregates }, columns, at)?;
                }
                _ => {
                    return Err(Problem::not_supported(format!(
                        "'{name}' is not supported; there are filter, groupby and aggregate"
                    ))
                    .at(at));
                }
            }
            parser.expect(')')?;
            if !parser.takes('/') {
                break;
            }
        }
        match parser.is_end() {
            true => Ok(()),
            false => Err(parser.unexpected("the end, or '/'")),
        }
    }

    fn group_by(&mut self, parser: &mut Parser<'_>) -> Result<(), Problem> {
        let begins = parser.peek().at;
        parser.expect('(')?;
        let mut keys = Vec::new();
        let mut columns = Vec::new();
        loop {
            let (name, at) = parser.name()?;
            if parser.takes('/') {
                let words = "grouping by properties of other entities is not supported; group by their ids";
                return Err(Problem::not_supported(words).at(at));
            }
            let place = self.shape.place(&name).map_err(|problem| problem.at(at))?;
            if keys.len() >= ITEMS_MAX {
                return Err(Problem::too_much(format!("there are more than {ITEMS_MAX} keys")).at(at));
            }
            columns.push(self.shape.columns[place].clone());
            keys.push(place);
            if !parser.takes(',') {
                break;
            }
        }
        parser.expect(')')?;
        let mut sums = Vec::new();
        if parser.takes(',') {
            let (name, at) = parser.name()?;
            if name != "aggregate" {
                return Err(Problem::not_supported("only aggregate can stand in a groupby").at(at));
            }
            parser.expect('(')?;
            sums = aggregates(parser, &self.shape, &mut columns)?;
            parser.expect(')')?;
        }
        self.grouped(Grouping { keys, aggregates: sums }, columns, begins)
    }

    fn grouped(&mut self, grouping: Grouping, columns: Vec<Column>, at: usize) -> Result<(), Problem> {
        for (place, column) in columns.iter().enumerate() {
            if columns[..place].iter().any(|other| other.name == column.name) {
                return Err(Problem::malformed(format!("there are two columns '{}'", column.name)).at(at));
            }
        }
        self.grouping = Some(grouping);
        self.shape = Shape { columns, entity: None };
        Ok(())
    }
}

fn whole(value: &str) -> Result<u64, Problem> {
    let number = value.parse().ok().filter(|_| value.bytes().all(|byte| byte.is_ascii_digit()));
    number.ok_or_else(|| Problem::malformed("it is a whole number, 0 or more"))
}

fn selected(parser: &mut Parser<'_>, shape: &Shape) -> Result<Option<Vec<usize>>, Problem> {
    let mut places = Vec::new();
    let mut all = false;
    loop {
        if parser.takes('*') {
            all = true;
        } else {
            let (name, at) = parser.name()?;
            let is_way = shape.entity.is_some_and(|entity| entity.way(&name).is_some());
            if !is_way {
                let place = shape.place(&name).map_err(|problem| problem.at(at))?;
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        if !parser.takes(',') {
            break;
        }
    }
    Ok((!all).then_some(places))
}

fn expanded(
    parser: &mut Parser<'_>,
    model: &Model,
    entity: &'static EntityType,
    depth: usize,
) -> Result<Vec<Expand>, Problem> {
    let mut ways: Vec<Expand> = Vec::new();
    loop {
        let (name, at) = parser.name()?;
        let way = entity.way(&name).ok_or_else(|| entity.leads_not(&name).at(at))?;
        if depth > EXPAND_DEPTH_MAX {
            let words = format!("at most {EXPAND_DEPTH_MAX} levels come along");
            return Err(Problem::too_much(words).at(at));
        }
        if ways.iter().any(|one| one.way.name == name) {
            return Err(Problem::malformed(format!("'{name}' is given twice")).at(at));
        }
        let Some(target) = model.set(way.set) else {
            return Err(Problem::not_supported(format!("'{name}' leads to no set")).at(at));
        };
        let mut one = Expand { way, entity: target, select: None, expand: Vec::new() };
        if parser.takes('(') {
            loop {
                let (option, at) = parser.name()?;
                parser.expect('=')?;
                match option.as_str() {
                    "$select" => one.select = selected(parser, &target.shape())?,
                    "$expand" => one.expand = expanded(parser, model, target, depth + 1)?,
                    _ => {
                        return Err(Problem::not_supported(format!(
                            "'{option}' is not supported in $expand; there are $select and $expand"
                        ))
                        .at(at));
                    }
                }
                if !parser.takes(';') {
                    break;
                }
            }
            parser.expect(')')?;
        }
        ways.push(one);
        if !parser.takes(',') {
            return Ok(ways);
        }
    }
}

fn aggregates(
    parser: &mut Parser<'_>,
    shape: &Shape,
    columns: &mut Vec<Column>,
) -> Result<Vec<Aggregate>, Problem> {
    let mut all = Vec::new();
    loop {
        let (name, at) = parser.name()?;
        let (aggregate, kind) = if name == "$count" {
            (Aggregate { of: None, method: Method::Count }, Kind::Int)
        } else {
            let place = shape.place(&name).map_err(|problem| problem.at(at))?;
            let kind = shape.columns[place].kind;
            if !parser.takes_word("with") {
                return Err(parser.unexpected("'with'"));
            }
            let (method, method_at) = parser.name()?;
            let method = match method.as_str() {
                "sum" => Method::Sum,
                "min" => Method::Min,
                "max" => Method::Max,
                "average" => Method::Average,
                "countdistinct" => Method::CountDistinct,
                _ => {
                    return Err(Problem::not_supported(format!(
                        "'{method}' is not supported; there are sum, min, max, average and countdistinct"
                    ))
                    .at(method_at));
                }
            };
            if matches!(method, Method::Sum | Method::Average) && !kind.is_number() {
                return Err(Problem::malformed(format!("'{name}' is no number")).at(at));
            }
            let gives = match method {
                Method::Sum | Method::Min | Method::Max => kind,
                Method::Average => Kind::Number,
                Method::CountDistinct | Method::Count => Kind::Int,
            };
            (Aggregate { of: Some(place), method }, gives)
        };
        if !parser.takes_word("as") {
            return Err(parser.unexpected("'as' and a name"));
        }
        let (alias, alias_at) = parser.name()?;
        if !alias.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            || alias.contains(['.', '@'])
        {
            return Err(Problem::malformed(format!("'{alias}' cannot be the name of a column")).at(alias_at));
        }
        if all.len() >= ITEMS_MAX {
            return Err(Problem::too_much(format!("there are more than {ITEMS_MAX} sums")).at(at));
        }
        all.push(aggregate);
        columns.push(Column { name: alias, kind });
        if !parser.takes(',') {
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lexer::{Token, lex};

    #[test]
    fn options_of_an_expand_are_names_of_their_own() {
        let tokens = lex("UserSessions($select=Id;$expand=User)").expect("it is one");
        assert_eq!(tokens[2].token, Token::Name("$select".to_owned()));
        assert_eq!(tokens[5].token, Token::Sign(';'));
    }
}
