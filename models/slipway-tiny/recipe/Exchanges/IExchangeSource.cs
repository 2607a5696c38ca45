namespace Slipway.Recipe.Exchanges;

/// <summary>Makes exchanges of one kind, without end.</summary>
internal interface IExchangeSource
{
    /// <summary>The next one to train.</summary>
    Exchange Draw(Language language);

    /// <summary>Those of the evaluation: in words or with numbers that <see cref="Draw"/> never gives.</summary>
    IEnumerable<Exchange> HeldOut();
}
