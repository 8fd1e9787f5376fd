"""What an auditor can trust: one append-only, chained ledger with its payloads, its outbox, and the books in force."""
