"""The journal, compared with what journalctl tells of it."""
