"""Answers from a server: vLLM, SGLang, llama.cpp's, and any that speaks OpenAI's protocol."""
