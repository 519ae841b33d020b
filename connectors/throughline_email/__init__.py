"""E-mail: mbox files, Maildir folders and IMAP mailboxes, one record a message."""
