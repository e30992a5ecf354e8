"""What lies under an export: .zip members, encodings, JSON, HTML and sheets, in pieces."""
