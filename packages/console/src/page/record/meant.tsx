/** A meaning with its code in small letters behind it; the code alone where nothing is agreed, or both are the same. */
export function Meant({ code, meaning }: { code: string; meaning: string | null }) {
  if (meaning === null || meaning === code) return <>{code}</>
  return (
    <>
      {meaning} <small className="code">{code}</small>
    </>
  )
}
