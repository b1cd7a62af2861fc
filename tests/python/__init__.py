"""Tests of the public package that need no systemd: models, texts, twins, and how the code itself is laid out."""
