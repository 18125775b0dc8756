import { InvalidArgumentError } from 'commander'

/** The number of an option that counts. @throws InvalidArgumentError */
export function wholeNumber(value: string): number {
  const number = Number(value)
  if (Number.isInteger(number) && number > 0) return number
  throw new InvalidArgumentError('Give a whole number from 1.')
}
