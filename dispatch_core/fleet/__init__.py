"""The units that can be sent, what each can do, and where it last was."""
