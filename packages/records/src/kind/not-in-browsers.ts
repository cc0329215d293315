throw new Error('What is done with single records needs Node: a page has no use for it')

export {}
