/** The rule by which answers and closed cases go. */
export const answersRule = 'answers'
