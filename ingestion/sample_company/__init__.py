"""A made-up company, coherent in all its systems, with the true answers beside it.

One person appears in the CRM, on the web, in orders, support, surveys and reviews, and the files
are as untidy as real ones. `generate` is the door; `company` runs the months, one module per part
of the company's life (`people`, `back_office`, `orders`, `support`, `invitations`, `surveys`,
`web`) hands rows to the `ledger`, `dirt` adds what is wrong (`specimens`), `files` writes, and
`truth` reckons what a warehouse must find.
"""

from ingestion.sample_company.company import generate

__all__ = ["generate"]
