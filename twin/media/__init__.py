"""Reading the files of messages: what is written in pictures, what is said in voices."""
