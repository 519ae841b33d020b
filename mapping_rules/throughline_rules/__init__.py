"""The mapping, identity and survivorship rules of Throughline; a home may override them."""
