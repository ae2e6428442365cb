//! Suites that every implementation of a contract runs. They ask only through the contract's own methods.
