"""The examples of the documentation and those in examples/ do what they say."""
